import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { ParkedKey, RetryOutcome } from '../event-sourcing/index.js';
import { StoredEventBody } from '../api/route/bodies.js';
import { EXAMPLE_USER } from '../api/example-user.js';

const KEY = { example: EXAMPLE_USER.id };
const ERROR = { example: 'null value in column "subscription_plan" violates not-null constraint' };

@ApiSchema({
  name: 'ParkedKey',
  description: 'A key whose events are set aside, from one that cannot be folded on.',
})
export class ParkedKeyBody implements Omit<ParkedKey, 'eventId' | 'type'> {
  @ApiProperty({ ...KEY, description: 'Of a row: its primary key; of several columns, a JSON array.' })
  key: string;
  @ApiProperty({ type: 'integer', example: 17, description: 'Of the event that cannot be folded.' })
  position: number;
  @ApiProperty({ type: StoredEventBody, description: 'That event.' }) event: StoredEventBody;
  @ApiProperty(ERROR) error: string;
  @ApiProperty({ type: 'integer', example: 3 }) attempts: number;
  @ApiProperty({ format: 'date-time', example: '2026-01-31T20:15:00.000Z' }) parkedAt: Date;
  @ApiProperty({
    type: 'integer',
    example: 2,
    description: 'Events that are not folded: that one, and those of the key after it.',
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

@ApiSchema({ name: 'RetryOutcome', description: 'What became of a parked key.' })
export class RetryOutcomeBody implements RetryOutcome {
  @ApiProperty(KEY) key: string;
  @ApiProperty({ type: 'integer', example: 2, description: 'Events that were folded now.' }) folded: number;
  @ApiProperty({
    type: StillParkedBody,
    required: false,
    description: 'Where and why it is parked still; absent when it is free.',
  })
  parked?: StillParkedBody;
}
