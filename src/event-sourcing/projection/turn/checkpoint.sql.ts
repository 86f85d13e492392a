import type { ResolvedOptions } from '../../options.js';
import type { Share } from '../declare/share.js';
import { checkpointsOf, newest, partitionsOf } from '../newest-checkpoints.sql.js';
import type { Statements } from '../../postgres/database.js';
import { fromStoredJson } from '../../postgres/stored-json.js';
import { AS_LONG_AS_IT_TAKES, waitForLocksAtMost, WITHOUT_TIME_LIMITS } from '../../postgres/time-limits.js';

/** The progress of a share, and all that a turn must know before it folds. */
export interface Checkpoint {
  position: number;
  /** The revision that folds the rows. */
  revision: string;
  /** Partitions of the build in total. */
  partitions: number;
  isPaused: boolean;
  /** Parked keys. */
  parked: string[];
  /** Positions of later events that were skipped. Only a rebuild meets them again. */
  skipped: number[];
  /** The token of the last lease; null when it was freed. */
  leaseToken: string | null;
  /** Whether that lease holds. */
  isLeased: boolean;
  /** Position of the last event of the log. It may be behind the checkpoint when another instance was just faster. */
  head: number;
}

/** The weight of an older rate halves after this many seconds times ln 2. */
const RATE_WINDOW_S = 10;

/**
 * How long an act of an operator waits for the turn that has the checkpoint, in ms. Meanwhile it holds a connection of
 * the pool.
 */
export const ACT_WAITS_MS = 2_000;

/** What to do when another transaction has the checkpoint: skip the turn, or wait this many ms. */
export type WhenTaken = 'skip' | { waitMs: number };

/**
 * Locks the checkpoint for the rest of the transaction, or returns undefined when another instance has it. There is no
 * leader, and no lease that could expire during a slow turn.
 *
 * A second statement reads what the checkpoint guards: the first one sees the database as it was before it waited.
 *
 * @throws QueryFailedError with SQLSTATE 55P03 when it waited in vain
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
 * The commit need not wait for the disk. Rows and checkpoint are lost together or not at all, and the events are
 * stored, so a turn that a crash of the server takes away is folded again. The disk is left to the appends.
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
       ${newest(options, '$1', '$2', '$3')}
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
            c.lease_token as "leaseToken", coalesce(c.lease_until > clock_timestamp(), false) as "isLeased",
            case c.build when 'live' then p.revision
              else (select r.revision from ${options.qualified('projection_rebuilds')} r where r.projection = p.name)
            end as revision,
            ${partitionsOf(options, '$1', '$2')} as partitions,
            array(select k.key from ${options.qualified('parked_keys')} k
                   where k.projection = c.projection and k.build = c.build and k.partition = c.partition) as parked,
            array(select s.position::float8 from ${options.qualified('skipped_events')} s
                   where s.projection = c.projection and s.build in ('live', c.build) and s.position > c.position) as skipped,
            coalesce((select max(global_position) from ${options.logEnd}), 0) as head
       from (select * ${newest(options, '$1', '$2', '$3')}) as c
       join ${options.qualified('projections')} p on p.name = c.projection`,
    [folding.name, build, partition],
  );
  return row && { ...row, position: Number(row.position), head: Number(row.head) };
}

/**
 * The caller's transaction has the checkpoint locked, so its newest version stays where it is.
 *
 * @throws Error when it was not locked, and is elsewhere
 */
export async function saveCheckpoint(
  manager: Statements,
  options: ResolvedOptions,
  { folding, build, partition }: Share,
  position: number,
  lease: 'keep lease' | 'free lease' = 'keep lease',
): Promise<void> {
  const since = `greatest(extract(epoch from clock_timestamp() - updated_at)::float8, 0.001)`;
  const [, saved] = await manager.query<[object[], number]>(
    `update ${options.qualified('projection_checkpoints')}
        set position = $4, updated_at = clock_timestamp(),${lease === 'free lease' ? ' lease_token = null, lease_until = null,' : ''}
            rate = rate * ${fadedIn(since)} + ($4 - position) / ${since} * (1 - ${fadedIn(since)})
      where ctid = (select ctid ${newest(options, '$1', '$2', '$3')})`,
    [folding.name, build, partition, position],
  );
  if (saved !== 1)
    throw new Error(`The checkpoint of ${folding.name} was not locked by the turn that saves it.`);
}

/** The position of a share; -1 when it has no checkpoint any more. */
export async function selectPosition(
  manager: Statements,
  options: ResolvedOptions,
  { folding, build, partition }: Share,
): Promise<number> {
  const [row] = await manager.query<{ position: number }[]>(
    `select position::float8 as position ${newest(options, '$1', '$2', '$3')}`,
    [folding.name, build, partition],
  );
  return row?.position ?? -1;
}

/** Records that a handler of the projection writes with its own SQL. */
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

/** The committed progress of a projection's living rows. */
export interface Progress {
  /** All events up to here are folded, except those of parked keys; 0 when it never ran. */
  position: number;
  /** Parked keys, with the position from which on each is parked. */
  parked: ReadonlyMap<string, number>;
}

export async function selectProgress(
  manager: Statements,
  options: ResolvedOptions,
  name: string,
): Promise<Progress> {
  const [row] = await manager.query<{ position: number; parked: Record<string, number> }[]>(
    `select (select coalesce(min(position), 0)::float8 from ${checkpointsOf(options, '$1', `'live'`)}) as position,
            (select coalesce(json_object_agg(key, position), '{}') from ${options.qualified('parked_keys')}
              where projection = $1 and build = 'live') as parked`,
    [name],
  );
  return { position: row!.position, parked: new Map(Object.entries(fromStoredJson(row!.parked))) };
}

/**
 * The weight of a rate after some seconds, from 1 to 0. PostgreSQL refuses an exponent whose result is beyond a double;
 * two hours without an event, or a clock that was put back, would have one.
 */
function fadedIn(seconds: string): string {
  return `exp(-least(greatest(${seconds}, 0) / ${RATE_WINDOW_S}, 700))`;
}

/** The current rate in positions a second: the rate of the last turn fades while none follows. */
export const CURRENT_RATE = `rate * ${fadedIn('extract(epoch from clock_timestamp() - updated_at)::float8')}`;
