import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';
import type { Share } from '../declare/share.js';
import { identify } from './parking.sql.js';

/** An event of a parked key, which waits until the key is free. */
export interface WaitingEvent {
  key: string;
  position: number;
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

/** Deletes the key's waiting events up to a position. */
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
