import { type ProcessInstance, ProcessInstances } from '../../event-sourcing/index.js';
import { END_PROCESS, RETRY_PROCESS, SEND_INPUT } from '../../operations/process-acts.js';
import { withLog } from '../application.js';
import { printable } from '../terminal/printable.js';
import type { Terminal } from '../terminal/terminal.js';

/** A process that is still stuck makes the exit code 1. */
export function retryProcess(terminal: Terminal, _: object, name: string, key: string): Promise<void> {
  return withLog(terminal, async (application) => {
    const after = await RETRY_PROCESS.perform(application.get(ProcessInstances), { name, key });
    await tell(terminal, after);
    if (after.state === 'stuck') terminal.exitCode = 1;
  });
}

export function endProcess(
  terminal: Terminal,
  { reason }: { reason?: string },
  name: string,
  key: string,
): Promise<void> {
  return withLog(terminal, async (application) => {
    await tell(terminal, await END_PROCESS.perform(application.get(ProcessInstances), { name, key, reason }));
  });
}

export function sendInput(
  terminal: Terminal,
  { data = {}, reason }: { data?: object; reason?: string },
  ...[name, key, type]: string[]
): Promise<void> {
  return withLog(terminal, async (application) => {
    const input = { name: name!, key: key!, type: type!, data, reason };
    const sent = await SEND_INPUT.perform(application.get(ProcessInstances), input);
    await terminal.result(sent, () => printable(`Sent, as event ${sent.eventId} of ${sent.streamId}`));
  });
}

const tell = (terminal: Terminal, instance: ProcessInstance): Promise<void> =>
  terminal.result(instance, () => inWords(instance));

function inWords({ name, key, state, step, commands, reason }: ProcessInstance): string {
  const why = reason === null ? '' : `: ${reason}`;
  return printable(`${name} ${key}: ${state}, ${step} steps, ${commands} waiting commands${why}`);
}
