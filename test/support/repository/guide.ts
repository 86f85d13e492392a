/** A page of the documentation in its reader's view: sections of blocks, to be pasted in order. */

export type GuideBlock =
  | { kind: 'file'; path: string; text: string }
  | { kind: 'commands'; lines: string[] }
  | { kind: 'answer'; json: unknown };

const BLOCK = /^```(ts|bash|json)\n([\s\S]*?)^```$/gm;
/** The first line of a block that is a file. */
const PATH = /^\/\/ (\S+\.ts)\n/;

/**
 * The blocks of a section, from its heading to the next one of that level. TypeScript without a path is not for
 * pasting.
 */
export function blocksOf(markdown: string, heading: string): GuideBlock[] {
  const section = markdown.split(/^## /m).find((each) => each.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`The page has no section "${heading}".`);
  return [...section.matchAll(BLOCK)].flatMap(([, language, text]) => blockOf(language!, text!));
}

function blockOf(language: string, text: string): GuideBlock[] {
  if (language === 'json') return [{ kind: 'answer', json: JSON.parse(text) }];
  if (language === 'bash') return [{ kind: 'commands', lines: text.replace(/\\\n/g, '').trim().split('\n') }];
  const path = PATH.exec(text)?.[1];
  return path === undefined ? [] : [{ kind: 'file', path, text }];
}
