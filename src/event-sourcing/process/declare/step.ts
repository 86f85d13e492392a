import type { EventToAppend } from '../../log/append/append.js';
import type { Duration } from '../../options/duration.js';

/** When a timer fires: so long after the input of the step, or at an instant. */
export type TimerTime = { in: Duration } | { at: Date };

/** A timer that has fired. */
export interface DueTimer {
  name: string;
  /** When it was to fire. */
  dueAt: Date;
  /** What `schedule` was given; an empty object when it was given nothing. */
  data: any;
}

/** One step of a process: what it knows, and what it may ask for. All of it is committed together with the state. */
export interface Step<State extends object = object, Timer extends string = string> {
  /** The key of the process. */
  readonly key: string;
  /** The state before the step, frozen. */
  readonly state: Readonly<State>;
  /** The number of the step, from 1. */
  readonly number: number;
  /** When its input was recorded: the only clock of a process. */
  readonly at: Date;

  /**
   * Sends a command of a class in `commands` of `@Process` over Nest's `CommandBus`, after the commit. The commands of
   * a process are carried out in order, each at least once, with an idempotency key: its events are appended once.
   */
  readonly execute: (command: object) => void;

  /** Schedules a timer, which replaces the waiting timer of that name. `data` must survive JSON. */
  readonly schedule: (name: Timer, time: TimerTime, data?: object) => void;

  /** Cancels the waiting timer of that name, if there is one. A timer that has just fired is no input any more. */
  readonly cancel: (name: Timer) => void;

  /** Appends an event to a stream, exactly once, in the transaction of the step. */
  readonly append: (streamId: string, event: EventToAppend) => void;

  /** Ends the process: its waiting timers are cancelled, and later inputs of the key are passed over. */
  readonly end: () => void;
}
