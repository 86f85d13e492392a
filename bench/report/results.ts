import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from './report.js';

// From dist/bench/report/ to bench/results/. Results belong to one machine, so they are not in git.
const RESULTS = join(import.meta.dirname, '../../../bench/results');

/** Keeps the report as the latest of its part. */
export async function keepReport(report: Report): Promise<void> {
  await mkdir(RESULTS, { recursive: true });
  await writeFile(fileOf(report.part), `${JSON.stringify(report, null, 2)}\n`);
}

/** The latest report of a part, if the part ever ran here. */
export async function latestReport(part: string): Promise<Report | undefined> {
  const json = await readFile(fileOf(part), 'utf8').catch(() => undefined);
  return json === undefined ? undefined : (JSON.parse(json) as Report);
}

const fileOf = (part: string) => join(RESULTS, `${part}.json`);
