import type { InstanceState } from '../declare/instance-states.js';

/**
 * How a process stands. `stuck` is `running` or `ended` with a reason for an operator: a command that has failed, or
 * that is not carried out within `retry.for`; a parked key; no step for longer than `stuckAfter`. It is derived when it
 * is asked for.
 */
export type ProcessState = InstanceState | 'stuck';

/** What each state means, for people. */
export const PROCESS_STATES: Readonly<Record<ProcessState, string>> = {
  running: 'it waits for its next input, or for its commands to be carried out',
  stuck: 'it waits for an operator, for the reason that `reason` gives',
  ended: 'its code has ended it, or an operator has',
};

/** One process of a process manager, for a key. */
export interface ProcessInstance {
  /** The name of its process manager. */
  name: string;
  key: string;
  state: ProcessState;
  /** Why it is stuck, in words; null when it is not. */
  reason: string | null;
  /** The number of its last step; 0 when its first input could not be handled. */
  step: number;
  startedAt: Date | null;
  lastStepAt: Date | null;
  /** How many of its commands are not carried out yet. */
  commands: number;
  /** When its next timer is due; null when none waits. */
  nextTimerAt: Date | null;
}

/** The place of an instance in the order of lists. */
export type InstancePlace = Pick<ProcessInstance, 'name' | 'key'>;
