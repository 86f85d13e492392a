/** `running`: steps are left. `done`: nothing personal of the subject is left in the places of the steps. */
export type ErasureState = 'running' | 'done';

/** One place that an erasure has looked at. */
export interface ErasureStep {
  /** The table, the projection or the processes, in words that stay the same. */
  place: string;
  /** How much of the subject was there. */
  found: number;
  /** What was done about it, in words. */
  done: string;
  at: Date;
}

/** The erasure of one person. */
export interface Erasure {
  id: string;
  subject: string;
  state: ErasureState;
  /** Who asked for it; null when that is not known. */
  requestedBy: string | null;
  reason: string | null;
  requestedAt: Date;
  /** The position of the log up to which there is personal data of the subject: no later event has any. */
  position: number;
  /** Null while steps are left. */
  doneAt: Date | null;
  /** When the subject was allowed again; null while its fence stands. */
  liftedAt: Date | null;
  /** The steps that are done, in the order in which they were done. */
  steps: ErasureStep[];
}

/** An erasure under work. */
export interface RunningErasure extends Pick<Erasure, 'id' | 'subject' | 'position' | 'requestedAt'> {
  /** Grows with each erasure. */
  number: number;
  /** The streams that have, or had, personal data of the subject, as far as they are known. */
  streams: string[];
  /** The places that are done. */
  places: string[];
}

/** What is asked for. */
export interface ErasureRequest {
  /** Who asks. Default: the actor of the running message. It is kept. */
  requestedBy?: string | undefined;
  /** Why, in words that are not personal. It is kept. */
  reason?: string | undefined;
}
