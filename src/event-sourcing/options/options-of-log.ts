import type { EventSourcingOptions } from './event-sourcing-options.js';
import { InvalidOptionsError } from './resolve-options.js';

/** Options of commands and appends, which a process without a log does not have. */
const OF_LOG = [
  'retry',
  'groupCommit',
  'snapshots',
  'cache',
  'appendLockTimeoutMs',
  'idempotencyKeyHours',
  'idempotencyCleanUpMinutes',
] as const satisfies (keyof EventSourcingOptions)[];

/** @throws InvalidOptionsError when one of them is given */
export function requireNoneOfLog(options: EventSourcingOptions): void {
  const given = OF_LOG.filter((name) => options[name] !== undefined);
  if (given.length === 0) return;
  throw new InvalidOptionsError([
    `EventSourcingModule.forRoot: leave out ${given.map((name) => `"${name}"`).join(', ')}: with "log" the process has ` +
      'no log of its own, and takes no commands.',
  ]);
}
