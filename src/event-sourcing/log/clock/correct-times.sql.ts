import type { Statements } from '../../postgres/database.js';

/** The log's last event, and the time of the database; times in ms since 1970. */
export interface LogTimes {
  /** Position of the last event; 0 in an empty log. */
  position: number;
  last: number | null;
  database: number;
}

export async function selectLogTimes(manager: Statements, events: string): Promise<LogTimes> {
  const [row] = await manager.query<{ position: number; last: string | null; database: string }[]>(
    `select ${milliseconds('clock_timestamp()')} as database, coalesce(log.position, 0) as position, log.last
       from (values (1)) as one
       left join (select e.global_position::float8 as position, ${milliseconds('e."timestamp"')} as last
                    from ${events} e order by e.global_position desc limit 1) log on true`,
  );
  const { position, last, database } = row!;
  return { position, last: last === null ? null : Number(last), database: Number(database) };
}

/** The number as text: it reads the same whatever the session or the host has set. */
const milliseconds = (time: string) => `(extract(epoch from ${time}) * 1000)::bigint::text`;

/** Events at the end of the log with times after a given moment. */
export interface EventsAhead {
  events: number;
  /** Position of the first. */
  from: number;
  /** Time of the last of them. `before` is the time of the event before the first, or null when there is none. */
  last: Date;
  before: Date | null;
}

/** Undefined when there are none. Time never runs backwards in the log, so these events are its end. */
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
 * Sets the times of all events from a position on. An event gets the time at which its id was made, when the id is a
 * UUID of version 7 and that time is not after `now`. No event gets an earlier time than the event before it; an event
 * whose id tells no time gets the same time as that one. Snapshots of the streams are deleted: their states may have
 * the old times.
 *
 * The first statement makes appends wait, but no reader. Only the owner of the table may run it.
 */
export async function updateTimes(
  manager: Statements,
  { events, snapshots }: { events: string; snapshots: string },
  { from, before, now }: { from: number; before: Date | null; now: Date },
): Promise<void> {
  await manager.query(
    `alter table ${events} disable trigger events_are_facts, disable trigger events_keep_their_place`,
  );
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
  await manager.query(
    `alter table ${events} enable trigger events_are_facts, enable trigger events_keep_their_place`,
  );
  await manager.query(
    `delete from ${snapshots} where stream_id in (select stream_id from ${events} where global_position >= $1)`,
    [from],
  );
}
