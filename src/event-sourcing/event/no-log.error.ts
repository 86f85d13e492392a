import { EventfoldError } from '../errors.js';
import type { ResolvedOptions } from '../options.js';

/** A command, an append or a read of streams in a process whose database has no log. */
export class NoLogError extends EventfoldError {
  readonly kind = 'broken';
  readonly code = 'no-log';

  constructor() {
    super(
      'This process has no log: it folds the events of a stream into a database of its own. ' +
        'Commands, appends and reads of events belong to a process beside the log.',
    );
  }
}

/** @throws NoLogError */
export function requireLog({ hasLog }: Pick<ResolvedOptions, 'hasLog'>): void {
  if (!hasLog) throw new NoLogError();
}
