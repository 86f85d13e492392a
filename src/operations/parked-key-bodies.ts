import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { FailedAttempt, ParkedKey, ParkedKeyState, RetryOutcome } from '../event-sourcing/index.js';
import { StoredEventBody } from '../api/route/bodies.js';
import { EXAMPLE_USER } from '../api/example-user.js';

const KEY = { example: EXAMPLE_USER.id };
const ERROR = { example: 'null value in column "subscription_plan" violates not-null constraint' };

@ApiSchema({ name: 'FailedAttempt', description: 'A failed attempt to handle the event.' })
class FailedAttemptBody implements FailedAttempt {
  @ApiProperty({ format: 'date-time', example: '2026-01-31T20:15:00.000Z' }) at: Date;
  @ApiProperty({ type: 'integer', example: 12, description: 'How long it took, in ms.' }) ms: number;
  @ApiProperty({ ...ERROR, description: 'The error with its causes.' }) error: string;
}

@ApiSchema({
  name: 'ParkedKey',
  description: 'A key with an event that cannot be folded. That event and later ones of the key wait.',
})
export class ParkedKeyBody implements Omit<ParkedKey, 'eventId' | 'type'> {
  @ApiProperty({
    ...KEY,
    description: 'Usually the primary key of a row; a JSON array when it has several columns.',
  })
  key: string;
  @ApiProperty({ type: 'integer', example: 17, description: 'Position of the event that cannot be folded.' })
  position: number;
  @ApiProperty({ type: StoredEventBody, description: 'The event that cannot be folded.' })
  event: StoredEventBody;
  @ApiProperty(ERROR) error: string;
  @ApiProperty({ type: 'integer', example: 3 }) attempts: number;
  @ApiProperty({
    type: [FailedAttemptBody],
    description: 'The latest failed attempts, at most 10, the last one at the end.',
  })
  failures: FailedAttemptBody[];
  @ApiProperty({
    enum: ['parked', 'retrying', 'trying'],
    example: 'parked',
    description:
      'parked: it waits for an operator. retrying: its reaction retries it without an operator. trying: a process ' +
      'works on its event, under a lease.',
  })
  state: ParkedKeyState;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    example: null,
    description: 'When the next attempt comes without an operator; null: none comes.',
  })
  retryAt: Date | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    example: null,
    description: 'Until when attempts come without an operator; null: no retry is declared.',
  })
  retryUntil: Date | null;
  @ApiProperty({ format: 'date-time', example: '2026-01-31T20:15:00.000Z' }) parkedAt: Date;
  @ApiProperty({
    type: 'integer',
    example: 2,
    description: 'Number of waiting events: the one that cannot be folded, and later ones of the key.',
  })
  waiting: number;
}

@ApiSchema({ name: 'ParkedKeyPage' })
export class ParkedKeyPage {
  @ApiProperty({ type: [ParkedKeyBody] }) items: ParkedKeyBody[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'null: this is the last page.' })
  nextCursor: string | null;
}

@ApiSchema({ name: 'StillParked' })
class StillParkedBody {
  @ApiProperty({ type: 'integer', example: 17 }) position: number;
  @ApiProperty(ERROR) error: string;
}

@ApiSchema({ name: 'RetryOutcome', description: 'The outcome of a retry or a skip.' })
export class RetryOutcomeBody implements RetryOutcome {
  @ApiProperty(KEY) key: string;
  @ApiProperty({ type: 'integer', example: 2, description: 'Events that were folded now.' }) folded: number;
  @ApiProperty({
    type: StillParkedBody,
    required: false,
    description: 'Where and why the key is still parked; absent when it is no longer parked.',
  })
  parked?: StillParkedBody;
}
