import type { StoredEvent } from '../event/domain-event.js';
import { fromStoredJson } from '../postgres/stored-json.js';
import type { ResolvedOptions } from '../options.js';
import type { Statements } from '../postgres/database.js';

interface Seal {
  id: string;
  position: number;
  upTo: number;
}

/** Notes the seal that this transaction works on, which opens the events for it. One transaction at a time. */
export async function openSeal(manager: Statements, options: ResolvedOptions, actor: string): Promise<Seal> {
  await manager.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [
    `eventfold.seal:${options.schema}`,
  ]);
  const [opened] = await manager.query<{ id: string }[]>(
    `select ${options.qualified('open_events_for_sealing')}($1)::text as id`,
    [actor],
  );
  const [seal] = await manager.query<Seal[]>(
    `select id::text, position::float8 as position, upto::float8 as "upTo" from ${options.qualified('log_seals')}
      where id = $1`,
    [opened!.id],
  );
  return seal!;
}

export async function saveSeal(
  manager: Statements,
  options: ResolvedOptions,
  { id, position, events }: { id: string; position: number; events: number },
): Promise<{ position: number; upTo: number; events: number }> {
  const parameters = [id, position, events];
  await manager.query(
    `update ${options.qualified('log_seals')}
        set position = $2, events = events + $3, seen_at = clock_timestamp(),
            done_at = case when $2 >= upto then clock_timestamp() end
      where id = $1`,
    parameters,
  );
  const [saved] = await manager.query<{ position: number; upTo: number; events: number }[]>(
    `select position::float8 as position, upto::float8 as "upTo", events::float8 as events
       from ${options.qualified('log_seals')} where id = $1`,
    [id],
  );
  return saved!;
}

/** The next events of some types, after a position. */
export async function selectToSeal(
  manager: Statements,
  options: ResolvedOptions,
  { after, upTo, types, limit }: { after: number; upTo: number; types: readonly string[]; limit: number },
): Promise<StoredEvent[]> {
  const rows = await manager.query<StoredEvent[]>(
    `select global_position::float8 as position, stream_id as "streamId", stream_version as version,
            event_id::text as "eventId", event_type as type, event_data as data, metadata, "timestamp"
       from ${options.qualified('events')}
      where global_position > $1 and global_position <= $2 and event_type = any ($3::text[])
      order by global_position limit $4`,
    [after, upTo, types, limit],
  );
  return rows.map((row) => ({
    ...row,
    data: fromStoredJson(row.data),
    metadata: fromStoredJson(row.metadata),
  }));
}

/** Writes the encrypted fields over the plain ones. All others stay as PostgreSQL has them, numbers included. */
export const updateData = (
  manager: Statements,
  options: ResolvedOptions,
  events: readonly { position: number; fields: object }[],
): Promise<unknown> =>
  manager.query(
    `update ${options.qualified('events')} e set event_data = e.event_data || s.fields::jsonb
       from unnest($1::bigint[], $2::text[]) as s (position, fields) where e.global_position = s.position`,
    [events.map(({ position }) => position), events.map(({ fields }) => JSON.stringify(fields))],
  );

/** Renames a stream. When the new name is taken, both streams stay apart. */
export const moveStream = (
  manager: Statements,
  options: ResolvedOptions,
  from: string,
  to: string,
): Promise<unknown> =>
  manager.query(
    `update ${options.qualified('events')} e
        set stream_id = $2 || case when exists (select from ${options.qualified('events')} where stream_id = $2)
                                   then '-former' else '' end
      where stream_id = $1`,
    [from, to],
  );

/** Notes a key that is destroyed from its first moment on. */
export const insertDestroyedKey = (
  manager: Statements,
  options: ResolvedOptions,
  id: string,
  subject: string,
): Promise<unknown> =>
  manager.query(
    `insert into ${options.qualified('subject_keys')} (key_id, subject, master_number, destroyed_at)
     values ($1, $2, 0, clock_timestamp())`,
    [id, subject],
  );
