import {
  ProjectionOperations,
  type RebuildEndsPage,
  type RebuildReport,
} from '../../event-sourcing/index.js';
import { latestFirst } from '../../operations/latest-first.js';
import type { RebuildEndPage } from '../../operations/rebuild-bodies.js';
import { withLog } from '../application.js';
import { duration } from '../terminal/duration.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';

const HEAD = [
  'id',
  'started at',
  'took',
  'revision',
  'outcome',
  'by',
  'differing',
  'only living',
  'only rebuilt',
  'reason',
];

export function listRebuilds(terminal: Terminal, options: RebuildEndsPage, name: string): Promise<void> {
  const { limit = 50 } = options;
  return withLog(terminal, async (application) => {
    const operations = application.get(ProjectionOperations);
    const page = latestFirst(await operations.rebuilds(name, { ...options, limit: limit + 1 }), limit);
    await terminal.result(page, () => print(terminal, name, page));
  });
}

async function print(terminal: Terminal, name: string, { items, nextCursor }: RebuildEndPage): Promise<void> {
  if (items.length === 0) return terminal.note(`No rebuild of ${name} has ended.`);
  const rows = items.map(({ id, startedAt, endedAt, revision, outcome, by, report, reason }) => [
    String(id),
    startedAt.toJSON(),
    duration((endedAt.getTime() - startedAt.getTime()) / 1_000),
    revision ?? '-',
    outcome,
    by ?? '-',
    ...countsOf(report),
    reason ?? '',
  ]);
  await terminal.lines(table(terminal, [HEAD, ...rows]));
  if (nextCursor !== null) terminal.note(`There are more: --after ${nextCursor}`);
}

/** Of all tables together. */
function countsOf(report: RebuildReport | null): (number | string)[] {
  return (['differing', 'missing', 'extra'] as const).map((count) =>
    report === null ? '-' : report.tables.reduce((sum, comparison) => sum + comparison[count], 0),
  );
}
