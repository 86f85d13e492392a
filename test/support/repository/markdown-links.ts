/** Finds the targets of the links of a page of Markdown, and checks that they exist. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const FENCE = /^```[\s\S]*?^```$/gm;
const LINK = /\]\(([^()\s]+)\)/g;
const HEADING = /^#+ (.*)$/gm;

/** The links of a page that lead into the project, as paths from its root with their anchors. */
export function linksOf(page: string, markdown: string): { path: string; anchor: string | undefined }[] {
  const targets = [...markdown.replace(FENCE, '').matchAll(LINK)].map(([, target]) => target!);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path, anchor] = target.split('#') as [string, string?];
      return { path: path === '' ? page : normalize(join(dirname(page), path)), anchor };
    });
}

/** The links of a page without a target, in words. */
export function deadLinksOf(root: string, page: string): string[] {
  return linksOf(page, readFileSync(join(root, page), 'utf8')).flatMap(({ path, anchor }) => {
    const file = join(root, path);
    if (path.startsWith('..') || !existsSync(file)) return [`${page} links ${path}, which is not there`];
    if (anchor === undefined || statSync(file).isDirectory()) return [];
    return anchorsOf(readFileSync(file, 'utf8')).has(anchor)
      ? []
      : [`${page} links ${path}#${anchor}: no heading`];
  });
}

/** The anchors that GitHub makes from headings. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of markdown.replace(FENCE, '').matchAll(HEADING)) {
    const slug = heading!
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-');
    let anchor = slug;
    for (let repeat = 1; anchors.has(anchor); repeat++) anchor = `${slug}-${repeat}`;
    anchors.add(anchor);
  }
  return anchors;
}
