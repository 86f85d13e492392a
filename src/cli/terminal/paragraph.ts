/** At most the first 120 characters of a longer line. */
const LINE_TO_BREAK = /(?=.{121})(.{1,120}) /g;

/** Sentences for the pages of the help: lines of 120 characters at most. */
export const paragraph = (sentences: string): string => sentences.replace(LINE_TO_BREAK, '$1\n');

/** A sentence for an option: with a small first letter. */
export const asPhrase = (sentence: string): string => sentence[0]!.toLowerCase() + sentence.slice(1);
