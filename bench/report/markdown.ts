import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { Report } from './report.js';
import { claimsOf, figuresOf, LEFT, noiseOf } from './tables.js';

const PAGE = join(import.meta.dirname, '../../../docs/benchmarks.md');
const SECTION = /(<!-- results: .* -->\n)[^]*?(<!-- end of results -->)/;

/** Writes the reports into docs/benchmarks.md and replaces the previous ones. */
export async function writePage(reports: readonly Report[]): Promise<void> {
  const page = await readFile(PAGE, 'utf8');
  if (!SECTION.test(page)) throw new Error('docs/benchmarks.md has lost the marks between which results go.');
  const results = reports.map(toMarkdown).join('\n\n');
  const written = page.replace(SECTION, (_, begin, end) => `${begin}\n${results}\n\n${end}`);
  await writeFile(PAGE, await format(written, { ...(await resolveConfig(PAGE)), filepath: PAGE }));
}

function toMarkdown(report: Report): string {
  const { part, about, at, command, machine } = report;
  const tables = [figuresOf(report), claimsOf(report)].filter((rows) => rows.length > 1);
  const facts = Object.entries(machine).map(([name, value]) => `${name} ${value}`);
  return [
    `### ${part}: ${about}`,
    `\`${command}\` · ${at.slice(0, 10)} · ${facts.join(', ')}`,
    ...tables.map(toTable),
    noiseOf(report),
  ].join('\n\n');
}

function toTable([head, ...rows]: string[][]): string {
  const rule = head!.map((name) => (LEFT.has(name) ? '---' : '--:'));
  return [head!, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
