import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';
import type { RebuildReport } from './rebuild-report.js';
import type { Build } from '../build.js';
import { checkpointsOf } from '../newest-checkpoints.sql.js';
import { insertRebuildEnd } from './rebuild-history.sql.js';
import { type RebuildEvent, type RebuildState, stateAfter } from './rebuild-states.js';

/** A rebuild that has not ended. */
export interface Rebuild {
  projection: string;
  /** The revision that folds the rows; null while the rebuild is only requested. */
  revision: string | null;
  partitions: number | null;
  /** Whether an operator wants to look before the living rows are changed. */
  hold: boolean;
  state: RebuildState;
  /** Why the rebuild waits, in words; null when it does not wait. */
  reason: string | null;
  report: RebuildReport | null;
  /** The start to the microsecond: it distinguishes the rebuild from an earlier one. */
  startedAt: string;
}

const COLUMNS =
  'projection, revision, partitions, hold, state, reason, report, started_at::text as "startedAt"';

/** @returns false when there is one already */
export async function insertRebuild(
  manager: Statements,
  options: ResolvedOptions,
  { projection, hold }: Pick<Rebuild, 'projection' | 'hold'>,
): Promise<boolean> {
  const inserted = await manager.query<object[]>(
    `insert into ${options.qualified('projection_rebuilds')} (projection, hold, state) values ($1, $2, 'requested')
     on conflict (projection) do nothing returning projection`,
    [projection, hold],
  );
  return inserted.length > 0;
}

/** Assigns a requested rebuild to the build of a process, and creates its checkpoints. */
export async function claimRebuild(
  manager: Statements,
  options: ResolvedOptions,
  rebuild: Rebuild,
  { revision, partitions }: { revision: string; partitions: number },
): Promise<void> {
  await moveRebuild(manager, options, rebuild, 'claimed');
  await manager.query(
    `update ${options.qualified('projection_rebuilds')} set revision = $2, partitions = $3 where projection = $1`,
    [rebuild.projection, revision, partitions],
  );
  await manager.query(
    `insert into ${options.qualified('projection_checkpoints')} (projection, build, partition)
     select $1, 'rebuild', partition from generate_series(0, $2::integer - 1) as partition`,
    [rebuild.projection, partitions],
  );
}

/** Locks the rebuild for the rest of the transaction; undefined when it is over, or when another instance has it. */
export async function lockRebuild(
  manager: Statements,
  options: ResolvedOptions,
  projection: string,
  whenTaken: 'skip' | 'wait' = 'skip',
): Promise<Rebuild | undefined> {
  const [row] = await manager.query<Rebuild[]>(
    `select ${COLUMNS} from ${options.qualified('projection_rebuilds')} where projection = $1
        for update ${whenTaken === 'skip' ? 'skip locked' : ''}`,
    [projection],
  );
  return row;
}

export async function existsRebuild(
  manager: Statements,
  options: ResolvedOptions,
  projection: string,
): Promise<boolean> {
  const found = await manager.query<object[]>(
    `select from ${options.qualified('projection_rebuilds')} where projection = $1`,
    [projection],
  );
  return found.length > 0;
}

/**
 * Locks the projection until the transaction ends, so that no two processes create and drop the tables of a rebuild at
 * once.
 */
export async function lockProjection(
  manager: Statements,
  options: ResolvedOptions,
  projection: string,
): Promise<void> {
  await manager.query(`select from ${options.qualified('projections')} where name = $1 for update`, [
    projection,
  ]);
}

/** Records an event of a locked rebuild that neither ends it nor lets it begin again. */
export async function moveRebuild(
  manager: Statements,
  options: ResolvedOptions,
  rebuild: Rebuild,
  event: Exclude<RebuildEvent, 'outdated'>,
  { reason = null, report = rebuild.report }: Partial<Pick<Rebuild, 'reason' | 'report'>> = {},
): Promise<void> {
  const state = stateAfter(rebuild.state, event);
  await manager.query(
    `update ${options.qualified('projection_rebuilds')} set state = $2, reason = $3, report = $4 where projection = $1`,
    [rebuild.projection, state, reason, report],
  );
}

/** Lets a locked rebuild begin again, from the first event on. @param reason in words */
export async function restartRebuild(
  manager: Statements,
  options: ResolvedOptions,
  rebuild: Rebuild,
  reason: string,
): Promise<void> {
  await insertRebuildEnd(manager, options, { ...rebuild, outcome: 'outdated', reason });
  await manager.query(
    `update ${options.qualified('projection_rebuilds')} set state = $2, reason = $3 where projection = $1`,
    [rebuild.projection, stateAfter(rebuild.state, 'outdated'), reason],
  );
  await deleteProgress(manager, options, rebuild.projection);
}

/** What each reason has that ends with the text of a failure. */
export const TRIED_AGAIN = ', and is tried again in';

/** Records why a rebuild waits, or that it does not wait. */
export async function updateReason(
  manager: Statements,
  options: ResolvedOptions,
  projection: string,
  reason: string | null,
): Promise<void> {
  await manager.query(
    `update ${options.qualified('projection_rebuilds')} set reason = $2
      where projection = $1 and reason is distinct from $2`,
    [projection, reason],
  );
}

/** How many events a rebuild is behind the log. */
export async function selectRemaining(
  manager: Statements,
  options: ResolvedOptions,
  projection: string,
): Promise<number> {
  const [row] = await manager.query<{ remaining: string }[]>(
    `select coalesce((select max(global_position) from ${options.logEnd}), 0) - coalesce(min(position), 0)
            as remaining
       from ${checkpointsOf(options, '$1', `'rebuild'`)}`,
    [projection],
  );
  return Number(row!.remaining);
}

/** The tables with rows of a build. A table that refers to another comes before it. */
const OF_BUILDS = ['waiting_events', 'parked_keys', 'skipped_events', 'projection_checkpoints'];

/** Deletes the progress and the parked keys of a rebuild. */
function deleteProgress(manager: Statements, options: ResolvedOptions, projection: string): Promise<void> {
  return deleteBuild(manager, options, projection, 'rebuild');
}

/** Ends a locked rebuild. Its tables are dropped elsewhere. @param reason why, in words. Default: what it waited for */
export async function cancelRebuild(
  manager: Statements,
  options: ResolvedOptions,
  rebuild: Rebuild,
  reason: string | null = rebuild.reason,
): Promise<void> {
  await insertRebuildEnd(manager, options, { ...rebuild, outcome: 'cancelled', reason });
  await deleteProgress(manager, options, rebuild.projection);
  await deleteRebuild(manager, options, rebuild, 'cancelled');
}

async function deleteRebuild(
  manager: Statements,
  options: ResolvedOptions,
  { projection, state }: Rebuild,
  event: 'exchanged' | 'cancelled',
): Promise<void> {
  stateAfter(state, event);
  await manager.query(`delete from ${options.qualified('projection_rebuilds')} where projection = $1`, [
    projection,
  ]);
}

/** Deletes a build, but keeps the record of events that were skipped in the living rows. */
async function deleteBuild(
  manager: Statements,
  options: ResolvedOptions,
  projection: string,
  build: Build,
): Promise<void> {
  // Locks first: a running turn may still add rows to what is deleted.
  await manager.query(
    `select from ${options.qualified('projection_checkpoints')} where projection = $1 and build = $2 for update`,
    [projection, build],
  );
  for (const table of OF_BUILDS) {
    if (build === 'live' && table === 'skipped_events') continue;
    await manager.query(`delete from ${options.qualified(table)} where projection = $1 and build = $2`, [
      projection,
      build,
    ]);
  }
}

/** The checkpoints and parked keys of the rebuild become those of the living rows. */
export async function makeLive(
  manager: Statements,
  options: ResolvedOptions,
  rebuild: Rebuild,
  report: RebuildReport,
): Promise<void> {
  const { projection, revision } = rebuild;
  await insertRebuildEnd(manager, options, { ...rebuild, outcome: 'exchanged', reason: null, report });
  await deleteBuild(manager, options, projection, 'live');
  await deleteSkippedTwice(manager, options, projection);
  for (const table of ['projection_checkpoints', 'parked_keys', 'skipped_events']) {
    // Waiting events follow their parked key.
    await manager.query(
      `update ${options.qualified(table)} set build = 'live' where projection = $1 and build = 'rebuild'`,
      [projection],
    );
  }
  await manager.query(
    `update ${options.qualified('projections')} set revision = $2, last_rebuild = $3 where name = $1`,
    [projection, revision, report],
  );
  await deleteRebuild(manager, options, rebuild, 'exchanged');
}

/** An event that was skipped in the living rows and in the rebuild is recorded once. */
async function deleteSkippedTwice(
  manager: Statements,
  options: ResolvedOptions,
  projection: string,
): Promise<void> {
  const table = options.qualified('skipped_events');
  await manager.query(
    `delete from ${table} r using ${table} l
      where r.projection = $1 and r.build = 'rebuild'
        and l.projection = r.projection and l.build = 'live' and l.key = r.key and l.position = r.position`,
    [projection],
  );
}
