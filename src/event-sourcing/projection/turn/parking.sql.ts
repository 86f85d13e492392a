import type { ResolvedOptions } from '../../options.js';
import type { Build } from '../build.js';
import type { RetryTerms } from '../declare/reaction-terms.js';
import type { Share } from '../declare/share.js';
import type { FailedEvent } from './fold-failure.js';
import { fromStoredJson } from '../../postgres/stored-json.js';
import { type ParkedKeyState, stateOfKey } from './parked-key-life.js';
import type { Statements } from '../../postgres/database.js';

/** A failed attempt to handle an event. */
export interface FailedAttempt {
  /** When it failed. */
  at: Date;
  /** How long it took, in ms; for events that are folded together, how long all of them took. */
  ms: number;
  /** The error with its causes, at most 2,000 characters. */
  error: string;
}

/** A failed attempt of this process. */
export interface RecentAttempt extends Pick<FailedAttempt, 'ms' | 'error'> {
  /** How long ago it failed, in ms. */
  agoMs: number;
}

/** How many failed attempts of an event are kept: the latest. */
const KEPT = 10;

/** A key to park, from `event` on. */
export interface KeyToPark {
  key: string;
  event: FailedEvent;
  error: string;
  attempts: number;
  /** The latest failed attempts, the last one at the end. */
  failures: readonly RecentAttempt[];
}

/** A parked key. */
export interface ParkedKey {
  key: string;
  /** Position of the event that cannot be folded. */
  position: number;
  eventId: string;
  type: string;
  error: string;
  attempts: number;
  /** The latest failed attempts at the event, at most 10, the last one at the end. */
  failures: FailedAttempt[];
  /**
   * `parked`: it waits for an operator. `retrying`: its reaction retries it without an operator. `trying`: a process
   * works on its event, under a lease.
   */
  state: ParkedKeyState;
  /** When the next attempt comes without an operator; null when none comes. */
  retryAt: Date | null;
  /** Until when attempts come without an operator; null when none was declared. */
  retryUntil: Date | null;
  parkedAt: Date;
  /** Number of events that are not folded: the failed event, and the later events of the key. */
  waiting: number;
}

export const identify = ({ folding, build }: Pick<Share, 'folding' | 'build'>) =>
  [folding.name, build] as const;

export async function insertParkedKey(
  manager: Statements,
  options: ResolvedOptions,
  share: Share,
  { key, event, error, attempts, failures }: KeyToPark,
): Promise<void> {
  const { forMs, ...pauses } = share.folding.retry ?? { forMs: null };
  await manager.query(
    `insert into ${options.qualified('parked_keys')}
            (projection, build, partition, key, position, event_id, event_type, error, attempts, failures,
             retry_at, retry_until)
     select $1, $2, $3, $4, $5, $6, $7, $8, $9, ${failuresIn('$10')},
            ${nextAttempt('$11', '$12', '0', 'until')}, until
       from (select clock_timestamp() + $13 * interval '1 ms' as until) as retries`,
    [
      ...identify(share),
      share.partition,
      key,
      event.position,
      event.eventId,
      event.type,
      error,
      attempts,
      JSON.stringify(failures.slice(-KEPT)),
      ...pausesOf(pauses),
      forMs,
    ],
  );
}

/** Attempts of this process, as they are stored: their times are those of the database's clock. */
const failuresIn = (parameter: string) => `coalesce((
    select jsonb_agg(jsonb_build_object(
             'at', clock_timestamp() - "agoMs" * interval '1 ms', 'ms', ms, 'error', error))
      from jsonb_to_recordset(${parameter}::jsonb) as failed("agoMs" float8, ms integer, error text)), '[]')`;

/**
 * The time of the next attempt; null when its time is over. The pause doubles with each failure before, and half of it
 * is random, so that keys which failed together do not meet again.
 */
const nextAttempt = (first: string, longest: string, failuresBefore: string, until: string) => `
    case when clock_timestamp() < ${until} then least(${until}, clock_timestamp() + interval '1 ms' * (0.5 + random() / 2)
      * least(${first}::float8 * power(2, least(${failuresBefore}, 40)), ${longest}::float8)) end`;

const pausesOf = ({ firstMs, longestMs }: Partial<RetryTerms>) => [firstMs ?? null, longestMs ?? null];

/**
 * Records another failure of a parked key, at the same event or at a later one, and ends the lease of the attempt. The
 * time for retries begins anew with a later event.
 */
export async function updateParkedKey(
  manager: Statements,
  options: ResolvedOptions,
  share: Share,
  { key, event, error, failures }: Omit<KeyToPark, 'attempts'>,
): Promise<void> {
  const { forMs, ...pauses } = share.folding.retry ?? { forMs: null };
  await manager.query(
    `update ${options.qualified('parked_keys')} k
        set attempts = before.attempts + 1,
            position = $4, event_id = $5, event_type = $6, error = $7, tried_at = clock_timestamp(),
            failures = jsonb_path_query_array(before.failures || ${failuresIn('$8')}, '$[last - ${KEPT - 1} to last]'),
            retry_at = ${nextAttempt('$9', '$10', 'before.attempts', 'before.until')}, retry_until = before.until,
            lease_token = null, lease_until = null
       from (select key, case position when $4 then attempts else 0 end as attempts,
                    case position when $4 then failures else '[]' end as failures,
                    case when $11::float8 is null then null
                         when position = $4 and retry_until is not null then retry_until
                         else clock_timestamp() + $11 * interval '1 ms' end as until
               from ${options.qualified('parked_keys')} where projection = $1 and build = $2 and key = $3) before
      where k.projection = $1 and k.build = $2 and k.key = before.key`,
    [
      ...identify(share),
      key,
      event.position,
      event.eventId,
      event.type,
      error,
      JSON.stringify(failures),
      ...pausesOf(pauses),
      forMs,
    ],
  );
}

export async function deleteParkedKey(
  manager: Statements,
  options: ResolvedOptions,
  share: Share,
  key: string,
): Promise<void> {
  await manager.query(
    `delete from ${options.qualified('parked_keys')} where projection = $1 and build = $2 and key = $3`,
    [...identify(share), key],
  );
}

/** Whether the next attempt of a parked key is due, and no process works on it. */
export async function selectIsDue(
  manager: Statements,
  options: ResolvedOptions,
  share: Share,
  key: string,
): Promise<boolean> {
  const found = await manager.query<object[]>(
    `select from ${options.qualified('parked_keys')} k
      where projection = $1 and build = $2 and key = $3 and retry_at <= clock_timestamp()
        and ${stateOfKey('k')} <> 'trying'`,
    [...identify(share), key],
  );
  return found.length > 0;
}

/** Whether a process works on the event of a parked key, under a lease. */
export async function selectIsLeased(
  manager: Statements,
  options: ResolvedOptions,
  share: Share,
  key: string,
): Promise<boolean> {
  const found = await manager.query<object[]>(
    `select from ${options.qualified('parked_keys')} k
      where projection = $1 and build = $2 and key = $3 and ${stateOfKey('k')} = 'trying'`,
    [...identify(share), key],
  );
  return found.length > 0;
}

/** The key of a projection whose attempt comes next, and in how many ms; none while the projection is paused. */
export async function selectNextAttempt(
  manager: Statements,
  options: ResolvedOptions,
  name: string,
): Promise<{ key: string; inMs: number } | undefined> {
  const [next] = await manager.query<{ key: string; inMs: number }[]>(
    `select k.key, greatest(extract(epoch from due - clock_timestamp())::float8 * 1000, 0) as "inMs"
       from ${options.qualified('parked_keys')} k
       join ${options.qualified('projections')} p on p.name = k.projection,
            greatest(k.retry_at, k.lease_until) as due
      where k.projection = $1 and k.build = 'live' and k.retry_at is not null and p.paused_at is null
      order by due limit 1`,
    [name],
  );
  return next;
}

/** The partition of a parked key; undefined when the key is not parked. */
export async function selectPartitionOf(
  manager: Statements,
  options: ResolvedOptions,
  name: string,
  build: Build,
  key: string,
): Promise<number | undefined> {
  const [row] = await manager.query<{ partition: number }[]>(
    `select partition from ${options.qualified('parked_keys')} where projection = $1 and build = $2 and key = $3`,
    [name, build, key],
  );
  return row?.partition;
}

/** Keys that are parked in a rebuild and not in the living rows. */
export async function selectKeysOfRebuildAlone(
  manager: Statements,
  options: ResolvedOptions,
  name: string,
): Promise<string[]> {
  const rows = await manager.query<{ key: string }[]>(
    `select r.key from ${options.qualified('parked_keys')} r
      where r.projection = $1 and r.build = 'rebuild'
        and not exists (select from ${options.qualified('parked_keys')} l
                         where l.projection = r.projection and l.build = 'live' and l.key = r.key)
      order by r.key`,
    [name],
  );
  return rows.map(({ key }) => key);
}

/** Parked keys after a given key, in order. */
export async function selectParkedKeys(
  manager: Statements,
  options: ResolvedOptions,
  name: string,
  range: { build: Build; after?: string | undefined; limit: number },
): Promise<ParkedKey[]> {
  const rows = await manager.query<(Omit<ParkedKey, 'position'> & { position: string })[]>(
    `select k.key, k.position, k.event_id as "eventId", k.event_type as type, k.error, k.attempts,
            k.failures, ${stateOfKey('k')} as state, k.retry_at as "retryAt", k.retry_until as "retryUntil",
            k.parked_at as "parkedAt",
            (select count(*)::integer from ${options.qualified('waiting_events')} w
              where w.projection = k.projection and w.build = k.build and w.key = k.key) as waiting
       from ${options.qualified('parked_keys')} k
      where k.projection = $1 and k.build = $2 and ($3::text is null or k.key > $3)
      order by k.key limit $4`,
    [name, range.build, range.after ?? null, range.limit],
  );
  return rows.map((row) => ({
    ...row,
    position: Number(row.position),
    failures: fromStoredJson(row.failures).map((each) => ({ ...each, at: new Date(each.at) })),
  }));
}
