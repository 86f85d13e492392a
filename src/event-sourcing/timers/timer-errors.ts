import { EventfoldError } from '../errors.js';
import type { TimerState } from './timer.js';

/** No timer has this id: it was never scheduled, or was cancelled so long ago that it is forgotten. */
export class TimerNotFoundError extends EventfoldError {
  readonly kind = 'not-found';
  readonly code = 'timer.not-found';

  constructor(id: string) {
    super(`There is no timer ${id}.`);
  }
}

/** The life of the timer has ended, so it can neither be moved nor cancelled. */
export class TimerEndedError extends EventfoldError {
  readonly kind = 'refused';
  readonly code: 'timer.fired' | 'timer.cancelled';

  constructor(id: string, state: Extract<TimerState, 'fired' | 'cancelled'>) {
    super(
      state === 'fired'
        ? `The timer ${id} has fired: its event is in the log.`
        : `The timer ${id} is cancelled.`,
    );
    this.code = `timer.${state}`;
  }
}
