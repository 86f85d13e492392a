import { EventfoldError, isTransient } from '../../event-sourcing/index.js';
import { problemOf } from './error-to-problem.js';

/** An error in the terms of HTTP, for an answer in a format of the application's own. */
export interface MappedError {
  status: number;
  /** The stable code, which clients switch on. */
  code: string;
  /** The words of the status. */
  title: string;
  /** Words that a client may see. For an internal error (status 500) they show no internals. */
  detail: string;
  /** Facts that come with the code, such as `expectedVersion` and `errors`. */
  details: Record<string, unknown>;
}

/** For exception filters of an application: the status and words with which `ProblemFilter` answers an error. */
export const EventfoldErrorMapping = {
  /**
   * Undefined for an error that is not Eventfold's, unless it says that the database does not answer. The rest of the
   * filter handles such an error.
   */
  of(error: unknown): MappedError | undefined {
    if (!(error instanceof EventfoldError) && !isTransient(error)) return undefined;
    const { type, title, status, detail, correlationId: _correlationId, ...details } = problemOf(error, '');
    return { status, code: type, title, detail, details };
  },
};
