import type { RelayState } from '../../event-sourcing/for-service.js';

/**
 * `started` and `stopped`: by the application. `agreed`: the stream was compared with the log, and has the same events.
 * `differed`: it has others. `failed`: the broker or the database is away, or the stream is not as it must be.
 */
export type RelayEvent = 'started' | 'agreed' | 'differed' | 'failed' | 'stopped';

const AT_WORK = {
  started: 'waiting',
  agreed: 'running',
  differed: 'diverged',
  failed: 'waiting',
  stopped: 'off',
} as const;

/** The life of a relay. A divergence stays known while the broker is away, and ends when the two agree again. */
export const RELAY_LIFE: Readonly<Record<RelayState, Readonly<Record<RelayEvent, RelayState>>>> = {
  off: { ...AT_WORK, agreed: 'off', differed: 'off', failed: 'off' },
  waiting: AT_WORK,
  running: AT_WORK,
  diverged: { ...AT_WORK, failed: 'diverged' },
};
