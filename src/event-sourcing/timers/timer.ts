import type { EventMetadata } from '../event/domain-event.js';

/**
 * The life of a timer. `pending`: it waits for its time. `fired`: its event is in the log, by the id of the timer.
 * `failed`: its event could not be appended; an operator moves it to try again. `cancelled`: it never fires.
 */
export type TimerState = 'pending' | 'fired' | 'failed' | 'cancelled';

/** The states after each state. Without an entry there is none: the life has ended. */
export const TIMER_LIFE: Readonly<Record<TimerState, readonly TimerState[]>> = {
  pending: ['fired', 'failed', 'cancelled'],
  failed: ['pending', 'cancelled'],
  fired: [],
  cancelled: [],
};

/** The states from which a timer may come into this one. */
export const statesBefore = (state: TimerState): TimerState[] =>
  (Object.keys(TIMER_LIFE) as TimerState[]).filter((before) => TIMER_LIFE[before].includes(state));

/** The states in which a timer is in the table. That it has fired is a fact of the log. */
export const KEPT_STATES = ['pending', 'failed', 'cancelled'] as const satisfies readonly TimerState[];
export type KeptState = (typeof KEPT_STATES)[number];

/** An event that is appended when it is due. */
export interface Timer {
  /** A UUID. The event that it appends has the same id. */
  id: string;
  state: TimerState;
  /** By the clock of the database. */
  dueAt: Date;
  streamId: string;
  type: string;
  data: object;
  metadata: EventMetadata;
  /**
   * The process that has scheduled it, the key of its instance, and the name of the timer. Each is null without one,
   * and all are when it has fired: then the log has its event alone.
   */
  process: string | null;
  key: string | null;
  name: string | null;
  /** When it was scheduled; null when it has fired. */
  createdAt: Date | null;
  /** Why its event could not be appended; null unless it has failed. */
  failure: string | null;
  /** The place of its event in the log; null unless it has fired. */
  position: number | null;
}

/** When a timer is due: at an instant, or that many ms after now, by the clock of the database. */
export type Due = Date | { readonly ms: number };

/** A timer that is not in the table yet. */
export interface NewTimer {
  id: string;
  due: Due;
  streamId: string;
  type: string;
  data: object;
  metadata: EventMetadata;
  process?: string | undefined;
  key?: string | undefined;
  name?: string | undefined;
  /** The persons whose personal data the event has. */
  subjects?: readonly string[] | undefined;
  /** The keys that it is encrypted under. */
  keyIds?: readonly string[] | undefined;
}

/** A timer that was stored, with the time until it is due, in ms. */
export interface StoredTimer extends ScheduledTimer {
  inMs: number;
}

/** What came of a call to schedule. `duplicate`: the id was scheduled before, and the first call counts. */
export interface ScheduledTimer {
  id: string;
  dueAt: Date;
  verdict: 'scheduled' | 'duplicate';
}
