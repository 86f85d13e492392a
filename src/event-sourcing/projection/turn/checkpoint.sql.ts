import type { ResolvedOptions } from '../../options.js';
import type { Share } from '../declare/share.js';
import type { Statements } from '../../postgres/database.js';
import { fromStoredJson } from '../../postgres/stored-json.js';
import { AS_LONG_AS_IT_TAKES, waitForLocksAtMost, WITHOUT_TIME_LIMITS } from '../../postgres/time-limits.js';

/** How far a share's rows have come, and what a turn has to know before it folds. */
export interface Checkpoint {
  position: number;
  /** What the rows are folded by. */
  revision: string;
  /** Of the build, in all. */
  partitions: number;
  isPaused: boolean;
  /** Keys that are set aside. */
  parked: string[];
  /** Positions of events to come that somebody has left out; only a rebuild meets them again. */
  skipped: number[];
  /** Position of the last event of the log. It may be older than the checkpoint of an instance that was just faster. */
  head: number;
}

/** Half of an older rate counts after this many seconds, times ln 2. */
const RATE_WINDOW_S = 10;

/** What is done where another transaction has the checkpoint: it is left to that one, or waited for so long, in ms. */
export type WhenTaken = 'skip' | { waitMs: number };

/**
 * Takes the checkpoint for the rest of the transaction, or nothing when another instance has it: no leader and no
 * lease that could expire under a slow turn.
 *
 * What the checkpoint guards is read by a second statement. The first one sees the database as it was before it waited.
 *
 * @throws QueryFailedError with SQLSTATE 55P03 when it was waited for in vain
 */
export async function lockCheckpoint(
  manager: Statements,
  options: ResolvedOptions,
  share: Share,
  whenTaken: WhenTaken,
): Promise<Checkpoint | undefined> {
  if (whenTaken !== 'skip') await waitForLocksAtMost(manager, whenTaken.waitMs);
  const isLocked = await takeCheckpoint(manager, options, share, whenTaken);
  return isLocked ? readCheckpoint(manager, options, share) : undefined;
}

/**
 * The commit need not wait for the disk: the events are there, and rows and checkpoint are lost together or not at all,
 * so what a crash of the server takes away is folded again. The disk is left to the appends.
 */
async function takeCheckpoint(
  manager: Statements,
  options: ResolvedOptions,
  { folding, build, partition }: Share,
  whenTaken: WhenTaken,
): Promise<boolean> {
  const limits = build === 'live' ? AS_LONG_AS_IT_TAKES : WITHOUT_TIME_LIMITS;
  const locked = await manager.query<object[]>(
    `select set_config('synchronous_commit', 'off', true), ${limits}
       from ${options.qualified('projection_checkpoints')}
      where projection = $1 and build = $2 and partition = $3
        for update ${whenTaken === 'skip' ? 'skip locked' : ''}`,
    [folding.name, build, partition],
  );
  return locked.length > 0;
}

type CheckpointRow = Omit<Checkpoint, 'position' | 'head'> & Record<'position' | 'head', string>;

async function readCheckpoint(
  manager: Statements,
  options: ResolvedOptions,
  { folding, build, partition }: Share,
): Promise<Checkpoint | undefined> {
  const [row] = await manager.query<CheckpointRow[]>(
    `select c.position, p.paused_at is not null as "isPaused",
            case c.build when 'live' then p.revision
              else (select r.revision from ${options.qualified('projection_rebuilds')} r where r.projection = p.name)
            end as revision,
            (select count(*)::integer from ${options.qualified('projection_checkpoints')} o
              where o.projection = c.projection and o.build = c.build) as partitions,
            array(select k.key from ${options.qualified('parked_keys')} k
                   where k.projection = c.projection and k.build = c.build and k.partition = c.partition) as parked,
            array(select s.position::float8 from ${options.qualified('skipped_events')} s
                   where s.projection = c.projection and s.build in ('live', c.build) and s.position > c.position) as skipped,
            coalesce((select max(global_position) from ${options.qualified('events')}), 0) as head
       from ${options.qualified('projection_checkpoints')} c
       join ${options.qualified('projections')} p on p.name = c.projection
      where c.projection = $1 and c.build = $2 and c.partition = $3`,
    [folding.name, build, partition],
  );
  return row && { ...row, position: Number(row.position), head: Number(row.head) };
}

export async function saveCheckpoint(
  manager: Statements,
  options: ResolvedOptions,
  { folding, build, partition }: Share,
  position: number,
): Promise<void> {
  const since = `greatest(extract(epoch from clock_timestamp() - updated_at)::float8, 0.001)`;
  await manager.query(
    `update ${options.qualified('projection_checkpoints')}
        set position = $4, updated_at = clock_timestamp(),
            rate = rate * ${fadedIn(since)} + ($4 - position) / ${since} * (1 - ${fadedIn(since)})
      where projection = $1 and build = $2 and partition = $3`,
    [folding.name, build, partition, position],
  );
}

/** Notes that a handler of the projection writes with SQL of its own. */
export async function updateHasOwnSql(
  manager: Statements,
  options: ResolvedOptions,
  name: string,
): Promise<void> {
  await manager.query(
    `update ${options.qualified('projections')} set has_own_sql = true where name = $1 and not has_own_sql`,
    [name],
  );
}

/** How far a projection's living rows are folded, as committed. */
export interface Progress {
  /** All up to here, but for the events of parked keys; 0 when it never ran. */
  position: number;
  /** Keys that are set aside, and from which position on. */
  parked: ReadonlyMap<string, number>;
}

export async function selectProgress(
  manager: Statements,
  options: ResolvedOptions,
  name: string,
): Promise<Progress> {
  const [row] = await manager.query<{ position: number; parked: Record<string, number> }[]>(
    `select (select coalesce(min(position), 0)::float8 from ${options.qualified('projection_checkpoints')}
              where projection = $1 and build = 'live') as position,
            (select coalesce(json_object_agg(key, position), '{}') from ${options.qualified('parked_keys')}
              where projection = $1 and build = 'live') as parked`,
    [name],
  );
  return { position: row!.position, parked: new Map(Object.entries(fromStoredJson(row!.parked))) };
}

/**
 * What is left of a rate after so many seconds, from 1 to 0. PostgreSQL refuses an exponent whose result is beyond a
 * double, which two hours without an event would be, and a clock that was put back.
 */
function fadedIn(seconds: string): string {
  return `exp(-least(greatest(${seconds}, 0) / ${RATE_WINDOW_S}, 700))`;
}

/** Positions a second, now: the rate of the last turn fades while none follows. */
export const CURRENT_RATE = `rate * ${fadedIn('extract(epoch from clock_timestamp() - updated_at)::float8')}`;
