import { ApiProperty } from '@nestjs/swagger';
import { FieldErrorBody } from '../http/bodies.js';
import { type FieldError, InvalidRequest } from '../http/invalid-request.error.js';
import { check } from '../http/validation.js';
import type { ContentReceipt } from './commands/content-receipt.js';
import { ContentRated, ContentWatched, type ViewingEvent } from './viewing.events.js';
import { TypedRatedBody, TypedWatchedBody } from './viewing.requests.js';

const MAX_EVENTS = 1_000;

/** An entry of a batch: an event, or what is wrong with it. */
export type Entry = { event: ViewingEvent } | { sentEventId: string | null; errors: FieldError[] };

export class Verdict {
  @ApiProperty({ enum: ['appended', 'duplicate', 'invalid'] }) verdict: 'appended' | 'duplicate' | 'invalid';
  @ApiProperty({ type: String, nullable: true, format: 'uuid' }) eventId: string | null;
  @ApiProperty({ required: false, example: 17 }) position?: number;
  @ApiProperty({ required: false, type: [FieldErrorBody] }) errors?: FieldErrorBody[];
}

/**
 * Judges each entry of a batch on its own: a bad one keeps none of the others out.
 *
 * @throws InvalidRequest when the whole is not an array of 1 to 1,000 entries
 */
export function readBatch(body: unknown): Entry[] {
  if (!Array.isArray(body) || body.length === 0 || body.length > MAX_EVENTS) {
    throw new InvalidRequest([
      { path: '', message: `the body must be an array of 1 to ${MAX_EVENTS} events` },
    ]);
  }
  return body.map(readEntry);
}

/** The verdicts on all entries, in order; `receipts` are those of the entries that are events. */
export function toVerdicts(entries: readonly Entry[], receipts: readonly ContentReceipt[]): Verdict[] {
  const next = receipts[Symbol.iterator]();
  return entries.map((entry): Verdict => {
    if ('errors' in entry) return { verdict: 'invalid', eventId: entry.sentEventId, errors: entry.errors };
    const { eventId, position, repeated } = next.next().value!;
    return { verdict: repeated ? 'duplicate' : 'appended', eventId, position };
  });
}

function readEntry(value: unknown): Entry {
  const { type, eventId } = (value ?? {}) as { type?: unknown; eventId?: unknown };
  const sentEventId = typeof eventId === 'string' ? eventId : null;
  const bodyClass =
    type === ContentWatched.type ? TypedWatchedBody : type === ContentRated.type ? TypedRatedBody : null;
  if (bodyClass === null) {
    const message = `type must be one of the following values: ${ContentWatched.type}, ${ContentRated.type}`;
    return { sentEventId, errors: [{ path: 'type', message }] };
  }
  const checked = check<TypedWatchedBody | TypedRatedBody>(bodyClass, value);
  return 'errors' in checked ? { sentEventId, errors: checked.errors } : { event: checked.body.toEvent() };
}
