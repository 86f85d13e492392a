import type { AppendResult } from '../log/append/append.js';
import type { Statements } from '../postgres/database.js';

/** The record of a key: the events of its call, or its answer. See the migration that creates the table. */
export interface RecordedKey {
  fingerprint: string;
  event_ids: string[] | null;
  head: string | null;
  kept: unknown;
  answer: object | null;
}

export async function selectKey(
  manager: Statements,
  table: string,
  key: string,
): Promise<RecordedKey | undefined> {
  const [row] = await manager.query<RecordedKey[]>(
    `select fingerprint, event_ids, head, kept, answer from ${table} where key = $1`,
    [key],
  );
  return row;
}

/** Takes a key with the answer of a call that appended nothing. False when the key is taken already. */
export async function insertAnswer(
  manager: Statements,
  table: string,
  { key, fingerprint, answer }: { key: string; fingerprint: string; answer: object },
): Promise<boolean> {
  const inserted = await manager.query<object[]>(
    `insert into ${table} (key, fingerprint, answer) values ($1, $2, $3) on conflict (key) do nothing returning key`,
    [key, fingerprint, JSON.stringify(answer)],
  );
  return inserted.length === 1;
}

/** Stores the failure of a call that had appended, in the place of its events. */
export async function updateToAnswer(
  manager: Statements,
  table: string,
  { key, fingerprint, answer }: { key: string; fingerprint: string; answer: object },
): Promise<void> {
  await manager.query(
    `update ${table} set answer = $3, event_ids = null, head = null, kept = null where key = $1 and fingerprint = $2`,
    [key, fingerprint, JSON.stringify(answer)],
  );
}

/**
 * The positions of the events, in the order of the ids. An event is a duplicate when its position is at most `head`, or
 * when its id came before in the list.
 */
export async function selectEventsOfKey(
  manager: Statements,
  events: string,
  eventIds: readonly string[],
  head: string,
): Promise<AppendResult[]> {
  return manager.query<AppendResult[]>(
    `select case when e.global_position > $2 and row_number() over (partition by event_id order by place) = 1
                 then 'appended' else 'duplicate' end as verdict,
            event_id as "eventId", e.stream_id as "streamId", e.stream_version as version,
            e.global_position::float8 as position, e."timestamp"
       from unnest($1::uuid[]) with ordinality as id(event_id, place) join ${events} e using (event_id)
      order by place`,
    [eventIds, head],
  );
}

/**
 * Deletes at most `limit` keys that are older than `hours`, and skips keys that another process has locked. A key must
 * be old by the database's clock and by `now`, the time of this process, so that a database clock that is ahead deletes
 * no key too early. The key of a process' command stays as long as the command: it is not known yet that it was carried
 * out.
 */
export async function deleteExpired(
  manager: Statements,
  table: string,
  { hours, limit, now, commands }: { hours: number; limit: number; now: Date; commands: string },
): Promise<number> {
  const [, deleted] = await manager.query<[unknown[], number]>(
    `delete from ${table} where key in (
       select key from ${table} where recorded_at < least(clock_timestamp(), $3) - make_interval(hours => $1)
          and not exists (select from ${commands}
                           where id = case when key ~ '^process:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then substr(key, 9)::uuid end)
        order by recorded_at limit $2 for update skip locked)`,
    [hours, limit, now],
  );
  return deleted;
}
