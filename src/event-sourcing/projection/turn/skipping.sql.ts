import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';
import type { Share } from '../declare/share.js';
import type { Folding } from '../declare/folding.js';
import { identify } from './parking.sql.js';

/**
 * Deletes the waiting events of a key that are skipped in its build. A rebuild skips the events that the living rows
 * skip.
 */
export async function deleteSkippedWaiting(
  manager: Statements,
  options: ResolvedOptions,
  share: Share,
  key: string,
): Promise<void> {
  const [deleted] = await manager.query<[{ position: string }[], number]>(
    `delete from ${options.qualified('waiting_events')} w
      using ${options.qualified('skipped_events')} s
      where w.projection = $1 and w.build = $2 and w.key = $3
        and s.projection = w.projection and s.build in ('live', w.build) and s.position = w.position
     returning w.position`,
    [...identify(share), key],
  );
  await insertLeftOut(
    manager,
    options,
    share,
    deleted.map(({ position }) => Number(position)),
  );
}

/** Records for a rebuild the events it left out because they are skipped in the living rows. */
export async function insertLeftOut(
  manager: Statements,
  options: ResolvedOptions,
  share: Share,
  positions: readonly number[],
): Promise<void> {
  if (share.build === 'live' || positions.length === 0) return;
  await manager.query(
    `insert into ${options.qualified('skipped_events')} (projection, build, key, position, event_id, error)
     select projection, $2, key, position, event_id, error from ${options.qualified('skipped_events')}
      where projection = $1 and build = 'live' and position = any ($3::bigint[])
     on conflict do nothing`,
    [...identify(share), positions],
  );
}

/**
 * Positions up to `upTo` of events that were skipped in the living rows, and are not known to be skipped in a rebuild:
 * it has folded them before, or its revision does not handle them.
 */
export async function selectSkippedInLiveAlone(
  manager: Statements,
  options: ResolvedOptions,
  { name }: Folding,
  upTo: number,
): Promise<number[]> {
  const rows = await manager.query<{ position: string }[]>(
    `select l.position from ${options.qualified('skipped_events')} l
      where l.projection = $1 and l.build = 'live' and l.position <= $2
        and not exists (select from ${options.qualified('skipped_events')} r
                         where r.projection = l.projection and r.build = 'rebuild' and r.position = l.position)`,
    [name, upTo],
  );
  return rows.map(({ position }) => Number(position));
}

/** Records that the event at which a key is parked is skipped: for good, or in a rebuild only. */
export async function insertSkippedEvent(
  manager: Statements,
  options: ResolvedOptions,
  share: Share,
  key: string,
): Promise<number | undefined> {
  const [row] = await manager.query<{ position: string }[]>(
    `insert into ${options.qualified('skipped_events')} (projection, build, key, position, event_id, error)
     select projection, build, key, position, event_id, error from ${options.qualified('parked_keys')}
      where projection = $1 and build = $2 and key = $3
     on conflict (projection, build, key, position) do update set error = excluded.error
     returning position`,
    [...identify(share), key],
  );
  return row && Number(row.position);
}
