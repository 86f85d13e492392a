/** The first 120 characters, or a few less, of a line that is longer. */
const LINE_TO_BREAK = /(?=.{121})(.{1,120}) /g;

/** Sentences as the pages of the help have them: lines of 120 characters at most. */
export const paragraph = (sentences: string): string => sentences.replace(LINE_TO_BREAK, '$1\n');

/** A sentence as options have them: with a small letter. */
export const asPhrase = (sentence: string): string => sentence[0]!.toLowerCase() + sentence.slice(1);
