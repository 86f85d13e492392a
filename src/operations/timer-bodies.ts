import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { Timer, TimerState } from '../event-sourcing/index.js';
import { EventMetadataBody } from '../api/route/bodies.js';
import { EXAMPLE_TIMER } from './timer-acts.js';

const STATES: readonly TimerState[] = ['pending', 'fired', 'failed', 'cancelled'];
const TIME = { format: 'date-time', example: '2026-01-31T20:15:00.000Z' } as const;
const OF_PROCESS = { type: String, nullable: true } as const;

@ApiSchema({ name: 'Timer', description: 'An event that is appended when it is due.' })
export class TimerBody implements Timer {
  @ApiProperty({ format: 'uuid', example: EXAMPLE_TIMER, description: 'Also the id of its event.' })
  id: string;
  @ApiProperty({
    enum: STATES,
    example: 'pending',
    description:
      '`pending`: it waits. `fired`: its event is in the log. `failed`: its event could not be appended. `cancelled`: ' +
      'it never fires.',
  })
  state: TimerState;
  @ApiProperty({ ...TIME, description: 'By the clock of the database.' }) dueAt: Date;
  @ApiProperty({ example: 'order-17' }) streamId: string;
  @ApiProperty({ example: 'order.payment-overdue' }) type: string;
  @ApiProperty({ type: Object, additionalProperties: true, example: { orderId: '17' } }) data: object;
  @ApiProperty({ type: EventMetadataBody, description: 'What its event will have.' })
  metadata: EventMetadataBody;
  @ApiProperty({
    ...OF_PROCESS,
    example: 'checkout',
    description: 'The process that has scheduled it, if any.',
  })
  process: string | null;
  @ApiProperty({ ...OF_PROCESS, example: '17', description: 'What it is about, if that was given.' })
  key: string | null;
  @ApiProperty({ ...OF_PROCESS, example: 'payment-due', description: 'What it is for, if that was given.' })
  name: string | null;
  @ApiProperty({ type: String, ...TIME, nullable: true, description: 'When it was scheduled.' })
  createdAt: Date | null;
  @ApiProperty({
    type: String,
    nullable: true,
    example: null,
    description: 'Why its event could not be appended; null unless it has failed.',
  })
  failure: string | null;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    example: null,
    description: 'The place of its event in the log; null unless it has fired.',
  })
  position: number | null;
}

@ApiSchema({ name: 'TimerPage' })
export class TimerPageBody {
  @ApiProperty({ type: [TimerBody], description: 'The next due first.' }) items: TimerBody[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'null: this is the last page.' })
  nextCursor: string | null;
}
