import { ProjectionOperations, Projections, type ProjectionStatus } from '../../event-sourcing/index.js';
import { performAct } from '../../operations/act.js';
import { CANCEL, REBUILD, RELEASE } from '../../operations/projection-acts.js';
import { withLog } from '../application.js';
import type { OpenStore } from '../open-store.js';
import { CommandFailure } from '../command-failure.js';
import { printable } from '../terminal/printable.js';
import type { Terminal } from '../terminal/terminal.js';
import { followRebuild } from './rebuild-follower.js';
import { type KeysOf, reportLines } from './rebuild-report.js';

export interface RebuildOptions {
  hold?: boolean;
  release?: boolean;
  cancel?: boolean;
  follow?: boolean;
}

export async function rebuildProjection(
  terminal: Terminal,
  options: RebuildOptions,
  name: string,
): Promise<void> {
  const { cancel, follow = terminal.stderr.isTTY } = options;
  await withLog(terminal, async (application) => {
    const operations = application.get(ProjectionOperations);
    const { lastRebuild } = await operations.get(name);
    const begun = await act(operations, name, options);
    const follows = follow && !cancel;
    const status = follows ? await followRebuild(terminal, operations, name) : begun;
    if (follows) requireEnd(status, lastRebuild?.comparedAt);
    await terminal.result(status, () =>
      follows ? tellEnd(terminal, status, keysIn(application)) : tellBegun(terminal, status, options),
    );
  });
}

function act(
  operations: ProjectionOperations,
  name: string,
  { hold, release, cancel }: RebuildOptions,
): Promise<ProjectionStatus> {
  if (cancel) return performAct(operations, CANCEL, { name });
  if (release) return performAct(operations, RELEASE, { name });
  return performAct(operations, REBUILD, { name, hold });
}

/**
 * @throws CommandFailure when another command has cancelled the rebuild: it is over, and the last report is an older
 * one
 */
function requireEnd({ name, rebuild, lastRebuild }: ProjectionStatus, lastReport: unknown): void {
  if (rebuild !== null || lastRebuild?.comparedAt !== lastReport) return;
  throw new CommandFailure(`the rebuild of ${name} was cancelled.`);
}

async function tellBegun(
  terminal: Terminal,
  { name, reason, rebuild }: ProjectionStatus,
  { release, cancel }: RebuildOptions,
): Promise<void> {
  if (cancel) return terminal.line(`The rebuild of ${name} is cancelled, its rows are dropped.`);
  await terminal.line(`The rebuild of ${name} ${release ? 'goes on to the exchange' : 'is under way'}.`);
  for (const each of [rebuild?.reason, reason]) if (each) terminal.note(printable(each));
}

async function tellEnd(terminal: Terminal, status: ProjectionStatus, keysOf: KeysOf): Promise<void> {
  const { name, rebuild, lastRebuild } = status;
  const report = (rebuild?.report ?? lastRebuild)!;
  await terminal.line(
    rebuild === null
      ? `${name} is rebuilt: queries see the new rows.`
      : `${name} is rebuilt and held: queries still see the old rows.`,
  );
  await terminal.lines(reportLines(terminal, report, keysOf));
  if (rebuild === null) return;
  if (rebuild.reason !== null) terminal.note(printable(rebuild.reason));
  terminal.note(`To change the living rows: eventfold projections rebuild ${name} --release`);
  terminal.note(`To drop the new ones: eventfold projections rebuild ${name} --cancel`);
}

const keysIn =
  (application: OpenStore): KeysOf =>
  (table) =>
    application
      .get(Projections)
      .foldings.flatMap((folding) => folding.tables('live'))
      .find(({ table: { name } }) => name === table)
      ?.table.keyColumns.map((column) => column.replaceAll('"', '')) ?? [];
