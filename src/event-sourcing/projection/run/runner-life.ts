/**
 * The state of a runner. `starting`: before its first turn. `running`: it folds, or has nothing to fold. `paused`: by
 * an operator. `retrying`: its turn failed and is tried again. `stopped`: too many keys are parked. `standing-by`: the
 * next event is for a newer build.
 */
export type RunnerStatus = 'starting' | 'running' | 'paused' | 'retrying' | 'stopped' | 'standing-by';

/**
 * The outcome of a turn. `folded`: also when another instance has the checkpoint. `led up`: it folded the events before
 * an event that is searched, or whose key is to be parked. `failed`: it is tried again. `full`: a further key was to be
 * parked, and no more may be. `too new`: only a newer build can read the next event.
 */
export type RunnerEvent = 'folded' | 'led up' | 'paused' | 'failed' | 'full' | 'too new';

const FROM_WORK = {
  folded: 'running',
  'led up': 'running',
  paused: 'paused',
  failed: 'retrying',
  full: 'stopped',
  'too new': 'standing-by',
} as const;

/** The life of a runner. In `stopped`, turns that only lead up to the next failure are no progress. */
export const RUNNER_LIFE: Readonly<Record<RunnerStatus, Readonly<Record<RunnerEvent, RunnerStatus>>>> = {
  starting: FROM_WORK,
  running: FROM_WORK,
  paused: FROM_WORK,
  retrying: FROM_WORK,
  'standing-by': FROM_WORK,
  stopped: { ...FROM_WORK, 'led up': 'stopped', failed: 'stopped' },
};
