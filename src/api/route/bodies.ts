import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { EventMetadata } from '../../event-sourcing/index.js';
import { EXAMPLE_USER } from '../example-user.js';

const FACT = { type: 'integer', required: false } as const;

/** The shapes of answers that several controllers share, for the OpenAPI document. */
@ApiSchema({ name: 'FieldError' })
export class FieldErrorBody {
  @ApiProperty({ example: 'preferences' }) path: string;
  @ApiProperty({ example: 'each value in preferences must be shorter than or equal to 64 characters' })
  message: string;
}

@ApiSchema({ name: 'Checks', description: '`ok`, or the problem, for each check.' })
export class ChecksBody {
  @ApiProperty({ example: 'failed' }) database: string;
  @ApiProperty({ example: 'unknown' }) migrations: string;
  @ApiProperty({ example: 'ok' }) projections: string;
  @ApiProperty({ required: false, example: 'ok', description: 'Only in a process that relays the log to JetStream.' })
  relay?: string;
  @ApiProperty({ required: false, example: 'ok', description: 'Only in a process that takes messages of others.' })
  intake?: string;
}

@ApiSchema({ name: 'Scanned', description: 'How far a request has looked through the log.' })
export class ScannedBody {
  @ApiProperty({ type: 'integer', example: 4990, description: 'The position that was looked at last.' }) to: number;
  @ApiProperty({ type: 'integer', example: 5000, description: 'The last position of the log.' }) head: number;
}

/** The members of every problem, and the facts that belong to some codes. */
@ApiSchema({ name: 'Problem', description: 'Problem details of RFC 9457.' })
export class ProblemBody {
  @ApiProperty({ description: 'The stable code, which clients switch on.', example: 'invalid-request' }) type: string;
  @ApiProperty({ example: 'Bad request' }) title: string;
  @ApiProperty({ type: 'integer', example: 400 }) status: number;
  @ApiProperty({ description: 'A sentence for people.', example: 'email must be an e-mail address' })
  detail: string;
  @ApiProperty({ example: '0b9d2a0e-5f0e-4d5f-8f8e-0f7f3d1b2c3d' }) correlationId: string;
  @ApiProperty({ required: false, type: [FieldErrorBody], description: 'With `invalid-request`: the errors by field.' })
  errors?: FieldErrorBody[];
  @ApiProperty({ ...FACT, description: 'With `version-mismatch` and `version-conflict`.', example: 3 })
  expectedVersion?: number;
  @ApiProperty({ ...FACT, description: 'With `version-mismatch` and `version-conflict`.', example: 5 })
  actualVersion?: number;
  @ApiProperty({ required: false, description: 'With `not-caught-up`: the name of the projection.', example: 'user-profile' })
  projection?: string;
  @ApiProperty({ ...FACT, description: 'With `not-caught-up`: the position up to which it has folded.', example: 40 })
  position?: number;
  @ApiProperty({ ...FACT, description: 'With `not-caught-up`: events from there to `Read-After`.', example: 2 })
  lagEvents?: number;
  @ApiProperty({
    required: false,
    description: 'With `not-caught-up`: the parked key, if that is the reason.',
    example: EXAMPLE_USER.id,
  })
  parkedKey?: string;
  @ApiProperty({ required: false, type: ChecksBody, description: 'With `not-ready`: the result of each check.' })
  checks?: ChecksBody;
  @ApiProperty({ required: false, type: ScannedBody, description: 'With `projection.scan-unfinished`: how far it came.' })
  scanned?: ScannedBody;
}

@ApiSchema({ name: 'EventMetadata' })
export class EventMetadataBody implements EventMetadata {
  @ApiProperty({ example: 'checkout/2026-01-31#7', description: 'Shared by all events that follow from one request.' })
  correlationId: string;
  @ApiProperty({
    example: 'checkout/2026-01-31#7',
    description: 'The direct cause of the event: the request, or the event that a reaction handled.',
  })
  causationId: string;
  @ApiProperty({ required: false, example: EXAMPLE_USER.id, description: 'The actor, if it is known.' })
  userId?: string;
  @ApiProperty({ type: 'integer', example: 1, description: 'Version of the shape of `data`.' }) schemaVersion: number;
  @ApiProperty({
    required: false,
    example: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    description: 'The span that appended the event (W3C Trace Context), if the process traces.',
  })
  traceparent?: string;
  @ApiProperty({
    required: false,
    format: 'date-time',
    example: '2026-01-31T20:15:00.000Z',
    description: 'When it was due, if a timer has appended it.',
  })
  dueAt?: string;
}

@ApiSchema({ name: 'StoredEvent', description: 'An event as the log stores it.' })
export class StoredEventBody {
  @ApiProperty({ type: 'integer', example: 17, description: 'Place in the log, from 1.' }) position: number;
  @ApiProperty({ example: `user-${EXAMPLE_USER.id}` }) streamId: string;
  @ApiProperty({ type: 'integer', example: 3, description: 'Place in the stream, from 1.' }) version: number;
  @ApiProperty({ format: 'uuid', example: '7c9e6679-7425-40de-944b-e07fc1f90ae7' }) eventId: string;
  @ApiProperty({ example: 'user.subscribed' }) type: string;
  @ApiProperty({
    type: Object,
    additionalProperties: true,
    description: 'The fields of this event type.',
    example: { userId: EXAMPLE_USER.id, plan: 'premium', paymentMethod: 'credit_card' },
  })
  data: object;
  @ApiProperty({ type: EventMetadataBody }) metadata: EventMetadataBody;
  @ApiProperty({ format: 'date-time', example: '2026-01-31T20:15:00.000Z' }) timestamp: Date;
}

@ApiSchema({ name: 'StoredEventPage' })
export class StoredEventPage {
  @ApiProperty({ type: [StoredEventBody] }) items: StoredEventBody[];
  @ApiProperty({ type: String, nullable: true, example: '3', description: 'null: this is the last page.' })
  nextCursor: string | null;
}

@ApiSchema({ name: 'ErasureReceipt', description: 'The erasure that has begun.' })
export class ErasureReceiptBody {
  @ApiProperty({ format: 'uuid', example: '5f0f2c1e-2a5b-4f57-9a32-2f1f0a3f6b1d' }) erasureId: string;
}
