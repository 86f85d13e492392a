import type { ResolvedOptions } from '../options.js';
import type { RebuildReport } from './rebuild-report.js';
import type { Statements } from '../postgres/database.js';

/** A rebuild under way. */
export interface Rebuild {
  projection: string;
  /** What its rows are folded by. */
  revision: string;
  partitions: number;
  /** Whether somebody wants to look before the rows are exchanged. */
  hold: boolean;
  /** `held`: folded and compared, waiting for `release`. */
  state: 'folding' | 'held' | 'released';
  report: RebuildReport | null;
  /** To the microsecond: what tells it from the one before. */
  startedAt: string;
}

const COLUMNS = 'projection, revision, partitions, hold, state, report, started_at::text as "startedAt"';

/** @returns false when there is one already */
export async function insertRebuild(
  manager: Statements,
  options: ResolvedOptions,
  {
    projection,
    revision,
    partitions,
    hold,
  }: Pick<Rebuild, 'projection' | 'revision' | 'partitions' | 'hold'>,
): Promise<boolean> {
  const inserted = await manager.query<object[]>(
    `insert into ${options.qualified('projection_rebuilds')} (projection, revision, partitions, hold)
     values ($1, $2, $3, $4) on conflict (projection) do nothing returning projection`,
    [projection, revision, partitions, hold],
  );
  if (inserted.length === 0) return false;
  await manager.query(
    `insert into ${options.qualified('projection_checkpoints')} (projection, build, partition)
     select $1, 'rebuild', partition from generate_series(0, $2::integer - 1) as partition`,
    [projection, partitions],
  );
  return true;
}

/** Takes the rebuild for the rest of the transaction; undefined when it is over, or another instance is at it. */
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

export async function updateRebuild(
  manager: Statements,
  options: ResolvedOptions,
  projection: string,
  { state, report }: Pick<Rebuild, 'state' | 'report'>,
): Promise<void> {
  await manager.query(
    `update ${options.qualified('projection_rebuilds')} set state = $2, report = $3 where projection = $1`,
    [projection, state, report],
  );
}

/** How many events the rows of a rebuild are behind the log. */
export async function selectRemaining(
  manager: Statements,
  options: ResolvedOptions,
  projection: string,
): Promise<number> {
  const [row] = await manager.query<{ remaining: string }[]>(
    `select coalesce((select max(global_position) from ${options.qualified('events')}), 0) - coalesce(min(position), 0)
            as remaining
       from ${options.qualified('projection_checkpoints')} where projection = $1 and build = 'rebuild'`,
    [projection],
  );
  return Number(row!.remaining);
}

const OF_BUILDS = ['projection_checkpoints', 'parked_keys', 'waiting_events', 'skipped_events'];

/** Forgets what is known of a rebuild; its tables are dropped by themselves. */
export async function deleteRebuild(
  manager: Statements,
  options: ResolvedOptions,
  projection: string,
): Promise<void> {
  await manager.query(`delete from ${options.qualified('projection_rebuilds')} where projection = $1`, [
    projection,
  ]);
  for (const table of OF_BUILDS) {
    await manager.query(
      `delete from ${options.qualified(table)} where projection = $1 and build = 'rebuild'`,
      [projection],
    );
  }
}

/** What belongs to the rebuild's rows becomes what belongs to the living ones. */
export async function makeLive(
  manager: Statements,
  options: ResolvedOptions,
  { projection, revision }: Pick<Rebuild, 'projection' | 'revision'>,
  report: RebuildReport,
): Promise<void> {
  for (const table of OF_BUILDS) {
    // What was skipped once stays on record.
    if (table !== 'skipped_events') {
      await manager.query(
        `delete from ${options.qualified(table)} where projection = $1 and build = 'live'`,
        [projection],
      );
    }
    await manager.query(
      `update ${options.qualified(table)} set build = 'live' where projection = $1 and build = 'rebuild'`,
      [projection],
    );
  }
  await manager.query(
    `update ${options.qualified('projections')} set revision = $2, last_rebuild = $3 where name = $1`,
    [projection, revision, report],
  );
  await manager.query(`delete from ${options.qualified('projection_rebuilds')} where projection = $1`, [
    projection,
  ]);
}
