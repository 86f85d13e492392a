import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { CallOutcome } from '../event-sourcing/for-service.js';
import { FieldErrorBody } from '../api/route/bodies.js';
import { isStorableText } from '../api/request/fields.js';
import {
  type FieldError,
  firstOf,
  InvalidRequest,
  MAX_ERRORS,
  shortened,
} from '../api/request/invalid-request.error.js';
import { check } from '../api/request/validation.js';
import { type ContentReceipt, receiptOf } from './commands/content-receipt.js';
import { ContentRated, ContentWatched, type ViewingEvent } from './viewing.events.js';
import { TypedRatedBody, TypedWatchedBody } from './viewing.requests.js';

const MAX_EVENTS = 1_000;

const EVENT_ID = '7c9e6679-7425-40de-944b-e07fc1f90ae7';

/** The events of a batch, and the errors of its invalid entries. */
export interface ViewingBatch {
  events: ViewingEvent[];
  invalid: InvalidEntry[];
}

export interface InvalidEntry {
  /** Place among all entries, from 0. */
  index: number;
  eventId: string | null;
  errors: FieldError[];
}

@ApiSchema({ name: 'Verdict' })
export class Verdict {
  @ApiProperty({ enum: ['appended', 'duplicate', 'invalid'], example: 'appended' }) verdict:
    'appended' | 'duplicate' | 'invalid';
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The id of the event. An invalid event has the id that was sent, or null.',
    example: EVENT_ID,
  })
  eventId: string | null;
  @ApiProperty({
    type: 'integer',
    required: false,
    description: 'Absent when the event is invalid.',
    example: 17,
  })
  position?: number;
  @ApiProperty({ required: false, type: [FieldErrorBody], description: 'Why the event is invalid.' })
  errors?: FieldErrorBody[];
}

export const EXAMPLE_VERDICTS: Verdict[] = [
  { verdict: 'appended', eventId: EVENT_ID, position: 17 },
  {
    verdict: 'invalid',
    eventId: null,
    errors: [{ path: 'rating', message: 'rating must not be greater than 5' }],
  },
];

/**
 * Checks each entry of a batch on its own: an invalid entry does not affect the others. The answer has the first error
 * of each entry, and more errors while there are few in all, because the answer is stored with an idempotency key.
 *
 * @throws InvalidRequest when the whole is not an array of 1 to 1,000 entries
 */
export function readBatch(body: unknown): ViewingBatch {
  if (!Array.isArray(body) || body.length === 0 || body.length > MAX_EVENTS) {
    throw new InvalidRequest([
      { path: '', message: `the body must be an array of 1 to ${MAX_EVENTS} events` },
    ]);
  }
  const batch: ViewingBatch = { events: [], invalid: [] };
  let told = 0;
  body.forEach((value, index) => {
    const entry = readEntry(value);
    if ('event' in entry) return batch.events.push(entry.event);
    const errors = firstOf(entry.errors, Math.max(1, MAX_ERRORS - told));
    told += errors.length;
    return batch.invalid.push({ index, ...entry, errors });
  });
  return batch;
}

/** The verdicts on valid and invalid entries, in the order of the entries. */
export function toVerdicts(
  receipts: readonly ContentReceipt[],
  invalid: readonly InvalidEntry[],
): { verdicts: Verdict[] } {
  const verdicts = receipts.map((receipt): Verdict => ({
    get verdict() {
      return receipt.repeated ? ('duplicate' as const) : ('appended' as const);
    },
    eventId: receipt.eventId,
    get position() {
      return receipt.position;
    },
  }));
  for (const { index, ...entry } of invalid) verdicts.splice(index, 0, { verdict: 'invalid', ...entry });
  return { verdicts };
}

/** The verdicts of the batch that appended these events. `kept` has its invalid entries. */
export const restoreVerdicts = ({ events, kept }: CallOutcome) => toVerdicts(events.map(receiptOf), kept);

function readEntry(value: unknown): { event: ViewingEvent } | Omit<InvalidEntry, 'index'> {
  const { type, eventId } = (value ?? {}) as { type?: unknown; eventId?: unknown };
  const sent = {
    eventId: typeof eventId === 'string' && isStorableText(eventId) ? shortened(eventId) : null,
  };
  const bodyClass =
    type === ContentWatched.type ? TypedWatchedBody : type === ContentRated.type ? TypedRatedBody : null;
  if (bodyClass === null) {
    const message = `type must be one of the following values: ${ContentWatched.type}, ${ContentRated.type}`;
    return { ...sent, errors: [{ path: 'type', message }] };
  }
  const checked = check<TypedWatchedBody | TypedRatedBody>(bodyClass, value);
  return 'errors' in checked ? { ...sent, errors: checked.errors } : { event: checked.body.toEvent() };
}
