import { EventfoldError, isTransient } from '../../event-sourcing/index.js';
import { problemOf } from './problem.js';

/** What an error is over HTTP, for an answer in a format of the application's own. */
export interface MappedError {
  status: number;
  /** Stable: what a client switches on. */
  code: string;
  /** The words of the status. */
  title: string;
  /** In words that a client may see. For an internal error (status 500) they show no internals. */
  detail: string;
  /** Facts that come with the code, such as `expectedVersion` and `errors`. */
  details: Record<string, unknown>;
}

/** For exception filters of the application's own: the statuses and words that `ProblemFilter` answers with. */
export const EventfoldErrorMapping = {
  /**
   * Undefined for an error that is neither of Eventfold nor of a database that does not answer: that is for the rest of
   * the filter.
   */
  of(error: unknown): MappedError | undefined {
    if (!(error instanceof EventfoldError) && !isTransient(error)) return undefined;
    const { type, title, status, detail, correlationId: _correlationId, ...details } = problemOf(error, '');
    return { status, code: type, title, detail, details };
  },
};
