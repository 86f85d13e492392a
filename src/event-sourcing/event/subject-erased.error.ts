import { EventfoldError } from '../errors.js';

/**
 * An event of the append has personal data of a subject that is erased. Nothing of the append is stored. In a
 * transaction of the caller, PostgreSQL has aborted that transaction.
 */
export class SubjectErasedError extends EventfoldError {
  readonly kind = 'conflict';
  readonly code = 'subject-erased';

  constructor(readonly subject: string) {
    super(`${subject} is erased: nothing personal about it is stored any more. Nothing was appended.`);
  }
}
