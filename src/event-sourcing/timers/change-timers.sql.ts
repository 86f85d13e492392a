import type { ResolvedOptions } from '../options.js';
import type { Statements } from '../postgres/database.js';
import { TIMER_COLUMNS, toTimer } from './read-timers.sql.js';
import { type Due, statesBefore, type Timer } from './timer.js';

/** A changed timer, with the time until it is due, in ms. */
export type ChangedTimer = Timer & { inMs: number };

/** SQL for the time at which a timer is due, of an instant or of ms from now: in whole ms, as JavaScript has it. */
export const dueTime = (at: string, ms: string) =>
  `date_trunc('milliseconds', coalesce(${at}, clock_timestamp() + make_interval(secs => ${ms} / 1000)))`;

/** SQL for the ms until then. */
export const IN_MS = `(extract(epoch from due_at - clock_timestamp()) * 1000)::float8 as "inMs"`;

/** Makes a timer wait for another time, also one that has failed. Undefined when there is none to move. */
export function updateDue(
  manager: Statements,
  options: ResolvedOptions,
  id: string,
  due: Due,
): Promise<ChangedTimer | undefined> {
  const isInstant = due instanceof Date;
  return changed(
    manager,
    `update ${options.qualified('timers')}
        set due_at = ${dueTime('$2::timestamptz', '$3::float8')}, state = 'pending', failure = null,
            changed_at = clock_timestamp()
      where id = $1 and state = any($4) returning ${TIMER_COLUMNS}, ${IN_MS}`,
    [id, isInstant ? due : null, isInstant ? null : due.ms, [...statesBefore('pending'), 'pending']],
  );
}

/** Undefined when there is none to cancel. */
export const updateToCancelled = (
  manager: Statements,
  options: ResolvedOptions,
  id: string,
): Promise<ChangedTimer | undefined> =>
  changed(
    manager,
    `update ${options.qualified('timers')} set state = 'cancelled', changed_at = clock_timestamp()
      where id = $1 and state = any($2) returning ${TIMER_COLUMNS}, ${IN_MS}`,
    [id, statesBefore('cancelled')],
  );

/** Cancels the timers of a process manager. */
export async function cancelTimersOf(
  manager: Statements,
  options: Pick<ResolvedOptions, 'qualified'>,
  process: string,
): Promise<void> {
  await manager.query(
    `update ${options.qualified('timers')} set state = 'cancelled', changed_at = clock_timestamp()
      where process = $1 and state = any($2)`,
    [process, statesBefore('cancelled')],
  );
}

/** Deletes at most `limit` timers that were cancelled more than `hours` ago. @returns how many there were */
export async function deleteCancelled(
  manager: Statements,
  options: ResolvedOptions,
  { hours, limit }: { hours: number; limit: number },
): Promise<number> {
  const table = options.qualified('timers');
  const [, count] = await manager.query<[unknown[], number]>(
    `delete from ${table} where id in (
       select id from ${table} where state = 'cancelled' and changed_at < clock_timestamp() - make_interval(secs => $1)
        order by changed_at limit $2 for update skip locked)`,
    [hours * 3_600, limit],
  );
  return count;
}

/** TypeORM answers an update with its rows and their number. */
async function changed(
  manager: Statements,
  text: string,
  parameters: unknown[],
): Promise<ChangedTimer | undefined> {
  const [[row]] = await manager.query<[ChangedTimer[], number]>(text, parameters);
  return row && { ...toTimer(row), inMs: row.inMs };
}
