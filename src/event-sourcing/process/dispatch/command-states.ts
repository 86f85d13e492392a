/**
 * The life of a command, from the step that sends it to its end. `waiting`: it is carried out when the earlier commands
 * of its process are gone, and after a pause when it has failed. `failed`: it was tried for too long, or was refused by
 * a rule that its process does not handle; an operator retries it, or ends the process. A command that is carried out,
 * or whose refusal is in the log, is deleted.
 */
export type CommandState = 'waiting' | 'failed';

export type CommandEvent =
  'carried out' | 'refused' | 'failed' | 'failed for too long' | 'retried' | 'dropped';

export const COMMAND_LIFE: Readonly<
  Record<CommandState, Partial<Record<CommandEvent, CommandState | 'gone'>>>
> = {
  waiting: {
    'carried out': 'gone',
    refused: 'gone',
    failed: 'waiting',
    'failed for too long': 'failed',
    dropped: 'gone',
  },
  failed: { retried: 'waiting', dropped: 'gone' },
};
