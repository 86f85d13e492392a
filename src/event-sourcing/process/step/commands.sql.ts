import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';
import type { Message } from '../../event/message-context.js';
import type { SentCommand } from '../declare/process-events.js';

/** A command to store, with its place in the order of its process. */
export interface NewCommand extends SentCommand {
  process: string;
  key: string;
  step: number;
  /** Its number in the step, from 1. */
  number: number;
  /** The message in whose context it is carried out: its cause is the event of the step. */
  message: Message;
}

export async function insertCommands(
  manager: Statements,
  options: ResolvedOptions,
  commands: readonly NewCommand[],
): Promise<void> {
  await manager.query(
    `insert into ${options.qualified('process_commands')} (id, process, key, step, number, command, data, message)
     select id, process, key, step, number, command, data, message
       from jsonb_to_recordset($1) as sent(
              id uuid, process text, key text, step integer, number integer, command text, data jsonb, message jsonb)
     on conflict (id) do nothing`,
    [JSON.stringify(commands)],
  );
}
