import type { ResolvedOptions } from '../options.js';
import type { Statements } from '../postgres/database.js';
import { storableText } from '../event/storable-value.js';
import { TIMER_COLUMNS, toTimer } from './read-timers.sql.js';
import type { Timer } from './timer.js';

/** A timer that is due, and for how long, in ms. */
export type DueTimer = Timer & { lateMs: number };

/** The longest text about a failure, in characters. */
const FAILURE = 2_000;

/**
 * The ms until the next timer may fire: it is due, and the bound per second allows it. Undefined when there is none;
 * not above 0 when it may fire now.
 */
export async function selectWait(
  statements: Statements,
  options: ResolvedOptions,
): Promise<number | undefined> {
  const [{ due, paced }] = (await statements.query(
    `select (select (extract(epoch from due_at - clock_timestamp()) * 1000)::float8
               from ${options.qualified('timers')} where state = 'pending' order by due_at, id limit 1) as due,
            (select (extract(epoch from used_until - clock_timestamp()) * 1000)::float8
               from ${options.qualified('timer_pace')}) as paced`,
  )) as [{ due: number | null; paced: number | null }];
  return due === null ? undefined : Math.max(due, paced ?? due);
}

/**
 * Whether this transaction may fire. One process does at a time, so that the log has the events in the order in which
 * they were due. The lock ends with the transaction.
 */
export async function tryToTakeTurn(manager: Statements, options: ResolvedOptions): Promise<boolean> {
  const [row] = await manager.query<{ taken: boolean }[]>(
    `select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as taken`,
    [`eventfold.timers:${options.schema}`],
  );
  return row!.taken;
}

/**
 * Takes the next due timers out of the table. A timer that another transaction is moving or cancelling is left to that
 * one.
 *
 * @param most.bytes the most bytes of data as PostgreSQL keeps it. The first timer does not count.
 */
export async function deleteDue(
  manager: Statements,
  options: ResolvedOptions,
  most: { timers: number; bytes: number },
): Promise<DueTimer[]> {
  const table = options.qualified('timers');
  const [rows] = await manager.query<[DueTimer[], number]>(
    `with due as materialized (
       select id, due_at, pg_column_size(event_data) as size from ${table}
        where state = 'pending' and due_at <= (select clock_timestamp())
          and not exists (select from ${options.qualified('timer_pace')} where used_until > clock_timestamp())
        order by due_at, id limit $1 for update skip locked
     ), fitting as (
       select id from (select id, sum(size) over places - size - first_value(size) over places as before
                         from due window places as (order by due_at, id)) d
        where before < $2)
     delete from ${table} where id in (select id from fitting)
     returning ${TIMER_COLUMNS}, (extract(epoch from clock_timestamp() - due_at) * 1000)::float8 as "lateMs"`,
    [most.timers, most.bytes],
  );
  return rows.map((row) => ({ ...toTimer(row), lateMs: row.lateMs })).toSorted(byDueTime);
}

const byDueTime = (one: Timer, other: Timer) =>
  one.dueAt.getTime() - other.dueAt.getTime() || (one.id < other.id ? -1 : 1);

/** Notes that the bound per second is used up for the next `ms`, in all processes. */
export async function usePace(manager: Statements, options: ResolvedOptions, ms: number): Promise<void> {
  const end = (from: string) => `${from} + make_interval(secs => $1::float8 / 1000)`;
  await manager.query(
    `insert into ${options.qualified('timer_pace')} as pace (used_until) values (${end('clock_timestamp()')})
     on conflict (id) do update set used_until = ${end('greatest(pace.used_until, clock_timestamp())')}`,
    [ms],
  );
}

/** Sets a timer aside whose event cannot be appended, until an operator moves or cancels it. */
export async function updateToFailed(
  statements: Statements,
  options: ResolvedOptions,
  id: string,
  failure: string,
): Promise<void> {
  await statements.query(
    `update ${options.qualified('timers')} set state = 'failed', failure = $2, changed_at = clock_timestamp()
      where id = $1 and state = 'pending'`,
    [id, storableText(failure, FAILURE)],
  );
}
