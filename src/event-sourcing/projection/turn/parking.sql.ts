import type { ResolvedOptions } from '../../options.js';
import type { Build } from '../build.js';
import type { Share } from '../declare/share.js';
import type { FailedEvent } from './fold-failure.js';
import type { Statements } from '../../postgres/database.js';

export interface WaitingEvent {
  key: string;
  position: number;
}

/** A key to park, from `event` on. */
export interface KeyToPark {
  key: string;
  event: FailedEvent;
  error: string;
  attempts: number;
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
  { key, event, error, attempts }: KeyToPark,
): Promise<void> {
  await manager.query(
    `insert into ${options.qualified('parked_keys')}
            (projection, build, partition, key, position, event_id, event_type, error, attempts)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [...identify(share), share.partition, key, event.position, event.eventId, event.type, error, attempts],
  );
}

export async function insertWaitingEvents(
  manager: Statements,
  options: ResolvedOptions,
  share: Share,
  events: readonly WaitingEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await manager.query(
    `insert into ${options.qualified('waiting_events')} (projection, build, key, position)
     select $1, $2, key, position from unnest($3::text[], $4::bigint[]) as waiting(key, position)`,
    [...identify(share), events.map(({ key }) => key), events.map(({ position }) => position)],
  );
}

/** Positions of the key's waiting events, in order, from the failed event on. */
export async function selectWaiting(
  manager: Statements,
  options: ResolvedOptions,
  share: Share,
  key: string,
  maxCount: number,
): Promise<number[]> {
  const rows = await manager.query<{ position: string }[]>(
    `select position from ${options.qualified('waiting_events')}
      where projection = $1 and build = $2 and key = $3 order by position limit $4`,
    [...identify(share), key, maxCount],
  );
  return rows.map(({ position }) => Number(position));
}

export async function deleteWaiting(
  manager: Statements,
  options: ResolvedOptions,
  share: Share,
  key: string,
  upTo: number,
): Promise<void> {
  await manager.query(
    `delete from ${options.qualified('waiting_events')}
      where projection = $1 and build = $2 and key = $3 and position <= $4`,
    [...identify(share), key, upTo],
  );
}

/** Records another failure of a parked key: at the same event, or at a later one. */
export async function updateParkedKey(
  manager: Statements,
  options: ResolvedOptions,
  share: Share,
  { key, event, error }: Pick<KeyToPark, 'key' | 'event' | 'error'>,
): Promise<void> {
  await manager.query(
    `update ${options.qualified('parked_keys')}
        set attempts = case position when $4 then attempts + 1 else 1 end,
            position = $4, event_id = $5, event_type = $6, error = $7, tried_at = clock_timestamp()
      where projection = $1 and build = $2 and key = $3`,
    [...identify(share), key, event.position, event.eventId, event.type, error],
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
            k.parked_at as "parkedAt",
            (select count(*)::integer from ${options.qualified('waiting_events')} w
              where w.projection = k.projection and w.build = k.build and w.key = k.key) as waiting
       from ${options.qualified('parked_keys')} k
      where k.projection = $1 and k.build = $2 and ($3::text is null or k.key > $3)
      order by k.key limit $4`,
    [name, range.build, range.after ?? null, range.limit],
  );
  return rows.map((row) => ({ ...row, position: Number(row.position) }));
}
