/** An act of an operator. The log of operations keeps the name, so it never changes. */
export type ActName =
  | 'pause'
  | 'resume'
  | 'rebuild'
  | 'release'
  | 'cancel'
  | 'drop'
  | 'retry'
  | 'retry-all'
  | 'skip'
  | 'rebuild-row'
  | 'move-timer'
  | 'cancel-timer'
  | 'retry-process'
  | 'end-process'
  | 'send-input'
  | 'see-personal-data';

/**
 * `done`: it took effect. `refused`: a rule or a state did not allow it. `failed`: it could not be done, or a key is
 * still parked after a retry.
 */
export type OperationOutcome = 'done' | 'refused' | 'failed';

/** An entry of the log of operations. */
export interface Operation {
  /** Later operations have higher ids. */
  id: number;
  at: Date;
  /** The token's subject, the actor of the application, or the user of the operating system; null when unknown. */
  actor: string | null;
  /** The name of the act: that of `ActName`, or of another version of Eventfold. */
  act: string;
  /** What the act was given, with the name of its projection as `projection`. */
  parameters: Record<string, unknown>;
  outcome: OperationOutcome;
  /** What came of it, or why it was refused or failed, in words; null when there is nothing to add. */
  detail: string | null;
}

/** An operation that is not in the log yet. */
export type NewOperation = Omit<Operation, 'id' | 'at'>;
