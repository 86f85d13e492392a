import { InvalidAppendError } from '../../event/event-errors.js';
import { PersonalKeyLostError } from '../../event/personal-key-lost.error.js';
import { SubjectErasedError } from '../../event/subject-erased.error.js';
import { driverErrorOf, sqlStateOf } from '../../postgres/sql-state.js';

/** Raised by `guard_personal`. */
const SUBJECT_ERASED = 'ZF410';
const KEY_LOST = 'ZF411';

/** Turns a SQLSTATE of an append into an error of Eventfold. The only place that knows these codes. */
export function translateAppendFailure(error: unknown): unknown {
  const cause = driverErrorOf(error) as Error;
  switch (sqlStateOf(error)) {
    case '22P05': // untranslatable_character: \u0000
    case '22P02': // invalid_text_representation: a lone surrogate, an event id that is no UUID
      return new InvalidAppendError(`PostgreSQL cannot store this event: ${cause.message}`, { cause });
    case '54000': // program_limit_exceeded: a string beyond what jsonb or an index entry holds
      return new InvalidAppendError(`This event is too large for PostgreSQL: ${cause.message}`, { cause });
    case '23505': // unique_violation: only after a stale snapshot, or when two appends of one batch clash
      return new InvalidAppendError(
        'The append met events that its snapshot does not show. Append inside READ COMMITTED transactions only, ' +
          'and put no event id and no versioned stream twice into one call.',
        { cause },
      );
    case SUBJECT_ERASED:
      return new SubjectErasedError((cause as { detail?: string }).detail ?? 'The subject');
    case KEY_LOST:
      return new PersonalKeyLostError(((cause as { detail?: string }).detail ?? '').split(','));
    default:
      return error;
  }
}
