import type { Statements } from '../../postgres/database.js';

/** The time of the log's last event, and that of the database, both in ms since 1970. */
export interface LogTimes {
  last: number | null;
  database: number;
}

export async function selectLogTimes(manager: Statements, events: string): Promise<LogTimes> {
  const [row] = await manager.query<{ last: string | null; database: string }[]>(
    `select ${milliseconds('clock_timestamp()')} as database,
            (select ${milliseconds('e."timestamp"')} from ${events} e order by e.global_position desc limit 1) as last`,
  );
  return { last: row!.last === null ? null : Number(row!.last), database: Number(row!.database) };
}

/** As text, which is read the same whatever the session or the host has set. */
const milliseconds = (time: string) => `(extract(epoch from ${time}) * 1000)::bigint::text`;

/** Events at the end of the log that are of later than a moment. */
export interface EventsAhead {
  events: number;
  /** Position of the first. */
  from: number;
  /** Time of the last of them, and of the event before the first; null where there is none. */
  last: Date;
  before: Date | null;
}

/** Undefined when there are none. Since time never runs backwards, they are the end of the log. */
export async function selectEventsAhead(
  manager: Statements,
  events: string,
  moment: Date,
): Promise<EventsAhead | undefined> {
  const [row] = await manager.query<Record<'position' | 'before' | 'head' | 'last', string | null>[]>(
    `select e.global_position::text as position, ${milliseconds('e."timestamp"')} as before,
            head.global_position::text as head, ${milliseconds('head."timestamp"')} as last
       from (select global_position, "timestamp" from ${events} order by global_position desc limit 1) head
       left join lateral (select global_position, "timestamp" from ${events} where "timestamp" <= $1
                           order by global_position desc limit 1) e on true`,
    [moment],
  );
  const [good, head] = [Number(row?.position ?? 0), Number(row?.head ?? 0)];
  if (good === head) return undefined;
  const before = row!.before === null ? null : new Date(Number(row!.before));
  return { events: head - good, from: good + 1, last: new Date(Number(row!.last)), before };
}

/**
 * Gives the events from a position on the time at which their ids were made, as UUIDs of version 7 tell it, where that
 * is not after `now`; no event gets an earlier one than the event before it, and one whose id tells nothing gets the
 * same. Snapshots of their streams are deleted: states may have the old times.
 *
 * The first statement keeps appends waiting, but no reader, and only the owner of the table may do it.
 */
export async function updateTimes(
  manager: Statements,
  { events, snapshots }: { events: string; snapshots: string },
  { from, before, now }: { from: number; before: Date | null; now: Date },
): Promise<void> {
  await manager.query(`alter table ${events} disable trigger events_are_facts`);
  await manager.query(
    `with told as (
       select global_position, case when substr(event_id::text, 15, 1) = '7' then to_timestamp(
                ('x' || replace(left(event_id::text, 13), '-', ''))::bit(48)::bigint / 1000.0) end as made
         from ${events} where global_position >= $1
     ), times as (
       select global_position, date_trunc('milliseconds', coalesce(greatest($2::timestamptz,
                max(made) filter (where made <= $3) over (order by global_position)), $3)) as true_time
         from told
     )
     update ${events} e set "timestamp" = times.true_time from times where times.global_position = e.global_position`,
    [from, before, now],
  );
  await manager.query(`alter table ${events} enable trigger events_are_facts`);
  await manager.query(
    `delete from ${snapshots} where stream_id in (select stream_id from ${events} where global_position >= $1)`,
    [from],
  );
}
