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

/** `ok`, or what is wrong. */
@ApiSchema({ name: 'Checks', description: '`ok`, or what is wrong.' })
export class ChecksBody {
  @ApiProperty({ example: 'failed' }) database: string;
  @ApiProperty({ example: 'unknown' }) migrations: string;
  @ApiProperty({ example: 'ok' }) projections: string;
}

/** Facts that come with some of the codes stand beside what every problem has. */
@ApiSchema({ name: 'Problem', description: 'What went wrong, as RFC 9457 has it.' })
export class ProblemBody {
  @ApiProperty({ description: 'The stable code.', example: 'invalid-request' }) type: string;
  @ApiProperty({ example: 'Bad request' }) title: string;
  @ApiProperty({ type: 'integer', example: 400 }) status: number;
  @ApiProperty({ description: 'In words, for people.', example: 'email must be an e-mail address' })
  detail: string;
  @ApiProperty({ example: '0b9d2a0e-5f0e-4d5f-8f8e-0f7f3d1b2c3d' }) correlationId: string;
  @ApiProperty({ required: false, type: [FieldErrorBody], description: 'Of `invalid-request`: by field.' })
  errors?: FieldErrorBody[];
  @ApiProperty({ ...FACT, description: 'Of `version-mismatch` and `version-conflict`.', example: 3 })
  expectedVersion?: number;
  @ApiProperty({ ...FACT, description: 'Of `version-mismatch` and `version-conflict`.', example: 5 })
  actualVersion?: number;
  @ApiProperty({ required: false, description: 'Of `not-caught-up`.', example: 'user-profile' })
  projection?: string;
  @ApiProperty({ ...FACT, description: 'Of `not-caught-up`: folded up to here.', example: 40 })
  position?: number;
  @ApiProperty({ ...FACT, description: 'Of `not-caught-up`: from there to `Read-After`.', example: 2 })
  lagEvents?: number;
  @ApiProperty({
    required: false,
    description: 'Of `not-caught-up`: the key whose events are set aside, where that is why.',
    example: EXAMPLE_USER.id,
  })
  parkedKey?: string;
  @ApiProperty({ required: false, type: ChecksBody, description: 'Of `not-ready`: `ok`, or what is wrong.' })
  checks?: ChecksBody;
}

@ApiSchema({ name: 'EventMetadata' })
class EventMetadataBody implements EventMetadata {
  @ApiProperty({ example: 'checkout/2026-01-31#7', description: 'One for all that a request set off.' })
  correlationId: string;
  @ApiProperty({
    example: 'checkout/2026-01-31#7',
    description: 'What led to the event directly: the request, or the event that was reacted to.',
  })
  causationId: string;
  @ApiProperty({ required: false, example: EXAMPLE_USER.id, description: 'The actor, where somebody is known.' })
  userId?: string;
  @ApiProperty({ type: 'integer', example: 1, description: 'Of the shape of `data`.' }) schemaVersion: number;
  @ApiProperty({
    required: false,
    example: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    description: 'The span that appended it (W3C Trace Context), where the process traces.',
  })
  traceparent?: string;
}

@ApiSchema({ name: 'StoredEvent', description: 'An event as the log holds it.' })
export class StoredEventBody {
  @ApiProperty({ type: 'integer', example: 17, description: 'In the log, from 1.' }) position: number;
  @ApiProperty({ example: `user-${EXAMPLE_USER.id}` }) streamId: string;
  @ApiProperty({ type: 'integer', example: 3, description: 'In the stream, from 1.' }) version: number;
  @ApiProperty({ format: 'uuid', example: '7c9e6679-7425-40de-944b-e07fc1f90ae7' }) eventId: string;
  @ApiProperty({ example: 'user.subscribed' }) type: string;
  @ApiProperty({
    type: Object,
    additionalProperties: true,
    description: 'By the type.',
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
