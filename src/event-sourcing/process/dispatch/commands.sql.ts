import type { Message } from '../../event/message-context.js';
import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';
import { fromStoredJson } from '../../postgres/stored-json.js';
import type { InstanceState } from '../declare/instance-states.js';
import type { CommandState } from './command-states.js';

/** A command that this process has under its lease. */
export interface LeasedCommand {
  id: string;
  process: string;
  key: string;
  command: string;
  data: object;
  message: Message;
  /** The number of this try, from 1. */
  attempts: number;
  /** The life of the process that has sent it. */
  life: InstanceState;
}

export interface Lease {
  /** The id of the process that holds it. */
  by: string;
  ms: number;
}

/** What a process can take of one process manager. */
export interface CommandRoom {
  process: string;
  /** The names of the commands that this build knows. Others are left to the build that does. */
  names: readonly string[];
  most: number;
}

/**
 * Leases the first command of each process that is due, at most so many of each process manager. A later command of the
 * same process waits until the first one is gone. "First" only becomes true by time, so a row that is seen as not the
 * first is left for the next look. Locked rows are skipped. A row that was leased meanwhile is not taken: its condition
 * is checked again.
 *
 * @param rooms which commands, and at most how many, of each process manager
 */
export async function leaseCommands(
  manager: Statements,
  options: ResolvedOptions,
  rooms: readonly CommandRoom[],
  { by, ms }: Lease,
): Promise<LeasedCommand[]> {
  const commands = options.qualified('process_commands');
  const [rows] = await manager.query<[LeasedCommand[], number]>(
    `with due as materialized (
       select taken.id from jsonb_to_recordset($1) as room(process text, names text[], most integer), lateral (
         select id from ${commands} c
          where process = room.process and command = any(room.names)
            and state = 'waiting' and next_attempt_at <= clock_timestamp()
            and (leased_until is null or leased_until <= clock_timestamp())
            and not exists (select from ${commands} e where e.process = c.process and e.key = c.key
                               and (e.step, e.number) < (c.step, c.number))
          order by next_attempt_at limit room.most for update skip locked) taken
     )
     update ${commands} c
        set leased_by = $2, leased_until = clock_timestamp() + $3 * interval '1 ms', attempts = attempts + 1
       from due where c.id = due.id
     returning c.id, c.process, c.key, c.command, c.data, c.message, c.attempts,
               (select i.state from ${options.qualified('process_instances')} i
                 where i.process = c.process and i.key = c.key) as life`,
    [JSON.stringify(rooms), by, ms],
  );
  return rows.map((row) => ({
    ...row,
    data: fromStoredJson(row.data),
    message: fromStoredJson(row.message),
  }));
}

/** Keeps the commands for longer. */
export async function extendLeases(
  manager: Statements,
  options: ResolvedOptions,
  ids: readonly string[],
  { by, ms }: Lease,
): Promise<void> {
  await manager.query(
    `update ${options.qualified('process_commands')} set leased_until = clock_timestamp() + $3 * interval '1 ms'
      where id = any($1::uuid[]) and leased_by = $2`,
    [ids, by, ms],
  );
}

/** @returns whether it was there: an operator may have ended its process */
export async function deleteCommand(
  manager: Statements,
  options: ResolvedOptions,
  id: string,
): Promise<boolean> {
  const [, deleted] = await manager.query<[unknown[], number]>(
    `delete from ${options.qualified('process_commands')} where id = $1`,
    [id],
  );
  return deleted > 0;
}

/**
 * Notes a failure, and gives the lease back. A command that has failed for longer than `retryMs` waits for an operator.
 *
 * @returns its state; undefined when another process has it by now, or it is gone
 */
export async function updateToFailure(
  manager: Statements,
  options: ResolvedOptions,
  id: string,
  { by, error, delayMs, retryMs }: { by: string; error: string; delayMs: number; retryMs: number },
): Promise<CommandState | undefined> {
  const [[row]] = await manager.query<[{ state: CommandState }[], number]>(
    `update ${options.qualified('process_commands')}
        set state = case when clock_timestamp() - coalesce(failing_since, clock_timestamp())
                              + $4 * interval '1 ms' > $5 * interval '1 ms' then 'failed' else 'waiting' end,
            failing_since = coalesce(failing_since, clock_timestamp()), error = $3,
            next_attempt_at = clock_timestamp() + $4 * interval '1 ms', leased_by = null, leased_until = null
      where id = $1 and leased_by = $2
     returning state`,
    [id, by, error, delayMs, retryMs],
  );
  return row?.state;
}
