/** The acts on a timer. This module imports types alone, as `projection-acts.ts` does. */
import type { DueTime, Timer, TimerOperations } from '../event-sourcing/index.js';
import type { RoutedAct } from './act.js';

export const EXAMPLE_TIMER = '0197b3a0-5c1e-7d0a-9a5b-3f2b8c1e4d6f';

export interface OnTimer {
  id: string;
}

export type TimerAct<Parameters extends OnTimer = OnTimer> = RoutedAct<Parameters, Timer, TimerOperations>;

export const MOVE: TimerAct<OnTimer & { at: DueTime }> = {
  name: 'move-timer',
  operationId: 'moveTimer',
  summary: 'Make a timer due at another time',
  effect:
    'A time that has passed is due at once. A timer that has failed is tried again at the new time. One that is not in ' +
    'the list of timers has fired, or never was.',
  refusals: ['no-timer', 'timer-ended'],
  perform: (timers, { id, at }) => timers.move(id, at),
};

export const CANCEL_TIMER: TimerAct = {
  name: 'cancel-timer',
  operationId: 'cancelTimer',
  summary: 'Cancel a timer, for good',
  effect:
    'Its event is never appended. A call that schedules the same id again within a day schedules nothing. A timer that ' +
    'is not in the list of timers has fired, or never was.',
  refusals: ['no-timer', 'timer-ended'],
  perform: (timers, { id }) => timers.cancel(id),
};

export const TIMER_ACTS = [MOVE, CANCEL_TIMER] as const;
