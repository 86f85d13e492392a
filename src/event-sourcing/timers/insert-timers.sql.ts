import type { ResolvedOptions } from '../options.js';
import type { Statements } from '../postgres/database.js';
import { dueTime, IN_MS } from './change-timers.sql.js';
import type { NewTimer, StoredTimer } from './timer.js';

type TimerTables = Pick<ResolvedOptions, 'qualified'>;

/**
 * Stores timers in the transaction of the manager, in one statement. An id that is in the table, or in the log because
 * its timer has fired, is not stored again. The fence of personal data is that of appends.
 *
 * @returns the outcome of each, in the given order
 */
export async function insertTimers(
  manager: Statements,
  options: TimerTables,
  timers: readonly NewTimer[],
): Promise<StoredTimer[]> {
  if (timers.length === 0) return [];
  const rows = await manager.query<{ id: string; dueAt: Date; inMs: number }[]>(
    `with given as materialized (
       select * from jsonb_to_recordset($1) as t(
                id uuid, at timestamptz, ms float8, stream_id text, event_type text, event_data jsonb, metadata jsonb,
                process text, key text, name text))
     insert into ${options.qualified('timers')}
            (id, due_at, stream_id, event_type, event_data, metadata, process, key, name)
     select id, ${dueTime('at', 'ms')}, stream_id, event_type, event_data, metadata, process, key, name
       from given g cross join ${options.qualified('guard_personal')}($2, $3) as fence
      where not exists (select from ${options.qualified('events')} e where e.event_id = g.id)
     on conflict (id) do nothing
     returning id, due_at as "dueAt", ${IN_MS}`,
    [
      JSON.stringify(timers.map(toRecord)),
      timers.flatMap(({ subjects = [] }) => subjects),
      timers.flatMap(({ keyIds = [] }) => keyIds),
    ],
  );
  const inserted = new Map(rows.map((row) => [row.id, row]));
  const others = timers.map(({ id }) => id).filter((id) => !inserted.has(id));
  const known = await selectDueTimes(manager, options, others);
  const told = new Set<string>();
  return timers.map(({ id }) => {
    const row = inserted.get(id) ?? { id, dueAt: known.get(id)!, inMs: Infinity };
    const isFirst = inserted.has(id) && !told.has(id);
    told.add(id);
    return { ...row, verdict: isFirst ? 'scheduled' : 'duplicate' };
  });
}

const toRecord = ({ id, due, streamId, type, data, metadata, process, key, name }: NewTimer) => ({
  id,
  ...(due instanceof Date ? { at: due } : { ms: due.ms }),
  stream_id: streamId,
  event_type: type,
  event_data: data,
  metadata,
  process,
  key,
  name,
});

/** When timers that are known were due: those that have fired tell it in the metadata of their event. */
async function selectDueTimes(
  manager: Statements,
  options: TimerTables,
  ids: readonly string[],
): Promise<Map<string, Date>> {
  if (ids.length === 0) return new Map();
  const rows = await manager.query<{ id: string; dueAt: Date }[]>(
    `select id, due_at as "dueAt" from ${options.qualified('timers')} where id = any($1::uuid[])
      union all
     select event_id, coalesce((metadata ->> 'dueAt')::timestamptz, "timestamp")
       from ${options.qualified('events')} where event_id = any($1::uuid[])`,
    [ids],
  );
  return new Map(rows.map(({ id, dueAt }) => [id, dueAt]));
}
