/**
 * Finds formal faults in a page of Markdown. A page is split into blocks, which empty lines divide. Checks of sentences
 * skip code, tables and the output of programs.
 */

/** A function that names the faults of a page, in words and with the text. */
type Check = (markdown: string) => string[];

const FENCE = /^```(\w*)[^\n]*\n[\s\S]*?^```$/gm;
const GENERATED = /<!-- results: [\s\S]*?<!-- end of results -->/g;
const CODE_SPAN = /(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g;
const LINK = /!?\[((?:[^[\]]|\[[^\]]*\])*)\]\([^()\s]+\)/g;
const MAX_WIDTH = 120;
/** No sentence and no item of a list ends with one of these words. */
const GOES_ON = /(?:,|\b(?:and|or|but|which|that|the|an?|of|to|in|by|with|for|from|is|are))$/i;

const withoutCode = (markdown: string) => markdown.replace(GENERATED, '').replace(FENCE, '');
const blocksOf = (markdown: string) =>
  withoutCode(markdown)
    .split(/\n\s*\n/)
    .map((block) => block.trim())
    .filter((block) => block !== '');
const isTable = (block: string) => block.startsWith('|');
const isHeading = (block: string) => block.startsWith('#');
/** A row of links to the neighbours of a page. */
const isNavigation = (block: string) => / · /.test(block) && !/\n/.test(block);
const isList = (block: string) => /^([-*]|\d+\.) /.test(block);
const shown = (text: string) => text.replace(LINK, '$1');

const unclosedFences: Check = (markdown) =>
  (markdown.match(/^```/gm)?.length ?? 0) % 2 === 0 ? [] : ['a block of code is not closed'];

const fencesWithoutLanguage: Check = (markdown) =>
  [...markdown.matchAll(FENCE)]
    .filter(([, language]) => language === '')
    .map(([block]) => `a block of code names no language: ${block.split('\n')[1]}`);

/** An odd backtick turns code into prose and prose into code, up to the next one. */
const brokenCodeSpans: Check = (markdown) =>
  blocksOf(markdown).flatMap((block) => {
    if (block.replace(CODE_SPAN, '').includes('`')) return [`a backtick without its pair: ${start(block)}`];
    const spans = [...block.matchAll(CODE_SPAN)].map(([span]) => span);
    return spans.filter((span) => /\]\(|^`\[`$/.test(span)).map((span) => `a link is torn by code: ${span}`);
  });

const brokenLinks: Check = (markdown) =>
  blocksOf(markdown)
    .filter((block) => shown(block.replace(CODE_SPAN, 'code')).includes(']('))
    .map((block) => `a link is not whole: ${start(block)}`);

const doubledWords: Check = (markdown) =>
  blocksOf(markdown)
    .filter((block) => !isTable(block))
    .flatMap((block) => [...shown(block.replace(CODE_SPAN, 'code')).matchAll(/\b([a-z]{2,})\s+\1\b/gi)])
    .map(([words]) => `a word is there twice: ${words}`);

const longLines: Check = (markdown) =>
  blocksOf(markdown)
    .filter((block) => !isTable(block) && !isNavigation(block))
    .flatMap((block) => block.split('\n'))
    .filter((line) => shown(line).length > MAX_WIDTH)
    .map((line) => `a line has ${shown(line).length} characters, of ${MAX_WIDTH}: ${start(line)}`);

const unendedSentences: Check = (markdown) =>
  blocksOf(markdown)
    .filter((block) => !isTable(block) && !isHeading(block) && !isNavigation(block) && !/^[<!]/.test(block))
    .filter((block) => {
      const end = block.replace(/[*_)`]+$/, '');
      return GOES_ON.test(end) || (!isList(block) && !/[.:!?…]$/.test(end));
    })
    .map((block) => `a sentence stops in the middle: ...${block.slice(-60)}`);

const start = (text: string) => text.replace(/\n/g, ' ').slice(0, 80);

const CHECKS: readonly Check[] = [
  unclosedFences,
  fencesWithoutLanguage,
  brokenCodeSpans,
  brokenLinks,
  doubledWords,
  longLines,
  unendedSentences,
];

/** All faults of a page, in words. */
export const faultsOfPage: Check = (markdown) => CHECKS.flatMap((check) => check(markdown));
