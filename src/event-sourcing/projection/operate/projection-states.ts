/**
 * The states of a projection, for the status, the metrics, the OpenAPI document, and the help and colours of the
 * command line. The help must not wait for Nest, so this module imports nothing.
 */

/** The state of a projection, in one word. */
export type ProjectionState =
  'starting' | 'running' | 'paused' | 'retrying' | 'stopped' | 'blocked' | 'no-worker' | 'standing-by';

export interface StateTraits {
  /** The text after the state and a colon. */
  readonly meaning: string;
  /** The colour on a terminal; none when all is well. */
  readonly colour?: 'red' | 'yellow';
  /** Whether an operator should look: `reason` then names the problem and the remedy. */
  readonly isAlarm: boolean;
}

export const PROJECTION_STATES: Record<ProjectionState, StateTraits> = {
  starting: { meaning: 'its processes begin', isAlarm: false },
  running: { meaning: 'it folds, or has nothing to fold', isAlarm: false },
  paused: { meaning: 'by an operator', colour: 'yellow', isAlarm: false },
  retrying: { meaning: 'its turns fail, and are tried again', colour: 'yellow', isAlarm: true },
  stopped: { meaning: 'too many keys are parked', colour: 'red', isAlarm: true },
  blocked: { meaning: 'a session of the database is in its way', colour: 'red', isAlarm: true },
  'no-worker': { meaning: 'no process runs it', colour: 'red', isAlarm: true },
  'standing-by': {
    meaning:
      'the rows are of another revision than the processes know, or the next event is of a newer build',
    colour: 'yellow',
    isAlarm: true,
  },
};

/** Each state with its meaning, in the order of the table. */
export const statesInWords = (line: (state: ProjectionState, meaning: string) => string): string[] =>
  Object.entries(PROJECTION_STATES).map(([state, { meaning }]) => line(state as ProjectionState, meaning));
