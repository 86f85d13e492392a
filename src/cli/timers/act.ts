import { type Timer, TimerOperations } from '../../event-sourcing/index.js';
import { performAct } from '../../operations/act.js';
import { CANCEL_TIMER, MOVE } from '../../operations/timer-acts.js';
import { withLog } from '../application.js';
import type { Terminal } from '../terminal/terminal.js';
import { dueTime } from './due-time.js';
import { timerId } from './timer-id.js';

export async function moveTimer(
  terminal: Terminal,
  _options: object,
  given: string,
  when: string,
): Promise<void> {
  const parameters = { id: timerId(given), at: dueTime(when) };
  await withLog(terminal, async (application) => {
    const timer = await performAct(application.get(TimerOperations), MOVE, parameters);
    await terminal.result(timer, ({ id, dueAt }: Timer) => `${id} is due at ${dueAt.toJSON()}.`);
  });
}

export async function cancelTimer(terminal: Terminal, _options: object, given: string): Promise<void> {
  const id = timerId(given);
  await withLog(terminal, async (application) => {
    const timer = await performAct(application.get(TimerOperations), CANCEL_TIMER, { id });
    await terminal.result(timer, () => `${id} is cancelled.`);
  });
}
