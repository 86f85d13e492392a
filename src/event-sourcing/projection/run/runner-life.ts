/**
 * How a runner is. `starting`: before its first turn. `running`: it folds, or has nothing to fold. `paused`: by an
 * operator. `retrying`: its turn failed, and is tried again. `stopped`: no more keys may be set aside. `standing-by`:
 * the next event is for a newer build.
 */
export type RunnerStatus = 'starting' | 'running' | 'paused' | 'retrying' | 'stopped' | 'standing-by';

/**
 * What a turn comes to. `folded`: also where another instance has the checkpoint. `led up`: it folded what comes before
 * an event that is looked for, or is to be parked. `failed`: it is tried again. `full`: a key was to be set aside, and
 * no more may be. `too new`: only a newer build can read the next event.
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

/** The whole life of a runner. Where it stands still, the turns that lead up to the next failure are no progress. */
export const RUNNER_LIFE: Readonly<Record<RunnerStatus, Readonly<Record<RunnerEvent, RunnerStatus>>>> = {
  starting: FROM_WORK,
  running: FROM_WORK,
  paused: FROM_WORK,
  retrying: FROM_WORK,
  'standing-by': FROM_WORK,
  stopped: { ...FROM_WORK, 'led up': 'stopped', failed: 'stopped' },
};
