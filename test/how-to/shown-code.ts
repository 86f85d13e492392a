/**
 * Compares the pages of `docs/how-to`, and docs/testing.md, with the code they show. Each block of code on a page
 * follows a line that links its file. The block must be a run of whole lines of that file.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const FENCE = /^```(\w+)\n([\s\S]*?)^```$/gm;
/** The last non-empty line before a block: [`name`](path), and perhaps more text. */
const LINK = /\[`[^`]+`\]\(([^)]+)\)/;

export interface ShownBlock {
  /** The path of the block's file, from the root of the project; undefined when the line names none. */
  file: string | undefined;
  code: string;
}

/** The blocks of TypeScript and JavaScript of a page. */
export function shownBlocks(page: string, markdown: string): ShownBlock[] {
  return [...markdown.matchAll(FENCE)]
    .filter(([, language]) => language === 'ts' || language === 'js')
    .map((match) => {
      const before = markdown.slice(0, match.index).trimEnd().split('\n').at(-1)!;
      const link = LINK.exec(before)?.[1];
      return { file: link && join(dirname(page), link), code: match[2]! };
    });
}

/** The faults of a page, in words. */
export function driftOf(root: string, page: string, markdown: string): string[] {
  return shownBlocks(page, markdown).flatMap(({ file, code }) => {
    const start = code.slice(0, code.indexOf('\n'));
    if (file === undefined) return [`${page}: the block "${start}" names no file`];
    const source = readFileSync(join(root, file), 'utf8');
    return `\n${source}`.includes(`\n${code}`)
      ? []
      : [`${page}: "${start}" is not in ${file} as it is shown`];
  });
}
