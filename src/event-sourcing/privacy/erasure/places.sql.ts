/** What an erasure does in the tables of the core. Each statement may run again: the second time it finds nothing. */
import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';

/** What the driver answers to a change: the rows, and how many they are. */
export type Changed = [unknown, number];

/** A text for `like` that has the subject anywhere. */
export const mentioning = (subject: string) => `%${subject.replaceAll(/[\\%_]/g, '\\$&')}%`;

/** Events that have the subject in their data, from a position on. A window costs the same, however long the log is. */
export async function selectStreamsOf(
  manager: Statements,
  options: ResolvedOptions,
  subject: string,
  [after, upTo]: readonly [number, number],
): Promise<{ events: number; streams: string[] }> {
  const [row] = await manager.query<{ events: number; streams: string[] | null }[]>(
    `select count(*)::float8 as events, array_agg(distinct stream_id) as streams
       from ${options.qualified('events')}
      where global_position > $2 and global_position <= $3
        and event_data::text like $1 and event_data::text like '%"$personal"%'`,
    [mentioning(subject), after, upTo],
  );
  return { events: row!.events, streams: row!.streams ?? [] };
}

export async function addStreams(
  manager: Statements,
  options: ResolvedOptions,
  id: string,
  streams: readonly string[],
): Promise<void> {
  await manager.query(
    `update ${options.qualified('erasures')} e
        set streams = array(select distinct unnest(e.streams || $2::text[])) where id = $1`,
    [id, streams],
  );
}

export async function deleteSnapshots(
  manager: Statements,
  options: ResolvedOptions,
  streams: readonly string[],
): Promise<number> {
  const [, deleted] = await manager.query<Changed>(
    `delete from ${options.qualified('snapshots')} where stream_id = any ($1)`,
    [streams],
  );
  return deleted;
}

/**
 * Keys of calls whose events, answer or sender are about the subject. The fingerprint of such a call is a digest of
 * what was sent, by which an address could be guessed; so the whole key goes. That of the erasure itself stays, since
 * its answer is the id of the erasure.
 */
export async function deleteIdempotencyKeys(
  manager: Statements,
  options: ResolvedOptions,
  { subject, streams }: { subject: string; streams: readonly string[] },
): Promise<number> {
  const [, deleted] = await manager.query<Changed>(
    `delete from ${options.qualified('idempotency_keys')} k
      where k.kept -> 'erasureId' is null
        and (k.key like $2 or k.kept::text like $1 or k.answer::text like $1
             or exists (select from ${options.qualified('events')} e
                         where e.event_id = any (k.event_ids) and e.stream_id = any ($3)))`,
    [mentioning(subject), `${mentioning(subject).slice(1, -1)}\n%`, streams],
  );
  return deleted;
}

/** Stands in place of a text in which the subject may have been named. */
export const BLANK = 'erased';

/** Failures that the log of operations tells about the subject. */
export async function blankOperations(
  manager: Statements,
  options: ResolvedOptions,
  subject: string,
): Promise<number> {
  await manager.query(`select set_config('eventfold.erasing', 'on', true)`);
  const [, changed] = await manager.query<Changed>(
    `update ${options.qualified('operations')} set detail = $2
      where detail <> $2 and outcome <> 'done' and (parameters::text like $1 or detail like $1)`,
    [mentioning(subject), BLANK],
  );
  await manager.query(`select set_config('eventfold.erasing', '', true)`);
  return changed;
}

/** Takes the rows of the subject out of the comparisons of rebuilds; the counts stay. */
export async function blankReports(
  manager: Statements,
  options: ResolvedOptions,
  subject: string,
): Promise<number> {
  const [history, running, last] = [
    ['projection_rebuild_history', 'report', 'id'],
    ['projection_rebuilds', 'report', 'projection'],
    ['projections', 'last_rebuild', 'name'],
  ].map(([table, column, key]) => blankReport(options.qualified(table!), column!, key!));
  let changed = 0;
  for (const statement of [history!, running!, last!]) {
    changed += (await manager.query<Changed>(statement, [mentioning(subject)]))[1];
  }
  return changed;
}

const blankReport = (table: string, column: string, key: string) => `
  update ${table} r set ${column} = jsonb_set(r.${column}, '{tables}', (
         select coalesce(jsonb_agg(case when t ? 'differences' then jsonb_set(t, '{differences}', (
                  select coalesce(jsonb_agg(d), '[]') from jsonb_array_elements(t -> 'differences') d
                   where d::text not like $1)) else t end), '[]')
           from jsonb_array_elements(r.${column} -> 'tables') t))
   where ${key} in (select ${key} from ${table}
                     where ${column}::text like $1 and jsonb_typeof(${column} -> 'tables') = 'array'
                       for update)`;

/** Whether a rebuild that began before the erasure may still compare rows of before it. */
export async function isComparing(
  manager: Statements,
  options: ResolvedOptions,
  since: Date,
): Promise<boolean> {
  const [row] = await manager.query<{ found: boolean }[]>(
    `select exists (select from ${options.qualified('projection_rebuilds')}
                     where state in ('folding', 'released') and started_at <= $1) as found`,
    [since],
  );
  return row!.found;
}

/** The positions of events that name the subject anywhere in their data. */
export async function selectPositionsOf(
  manager: Statements,
  options: ResolvedOptions,
  subject: string,
  [after, upTo]: readonly [number, number],
): Promise<number[]> {
  const rows = await manager.query<{ position: number }[]>(
    `select global_position::float8 as position from ${options.qualified('events')}
      where global_position > $2 and global_position <= $3 and event_data::text like $1 order by global_position`,
    [mentioning(subject), after, upTo],
  );
  return rows.map(({ position }) => position);
}
