import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { PROCESS_STATES } from '../event-sourcing/for-service.js';
import type { ProcessInstance, ProcessState, SentInput } from '../event-sourcing/index.js';

const TIME = {
  type: String,
  format: 'date-time',
  nullable: true,
  example: '2026-01-31T20:15:00.000Z',
} as const;

@ApiSchema({ name: 'ProcessInstance', description: 'A process of a process manager, for one key.' })
export class ProcessInstanceBody implements ProcessInstance {
  @ApiProperty({ example: 'checkout', description: 'The name of its process manager.' }) name: string;
  @ApiProperty({ example: 'o-17' }) key: string;
  @ApiProperty({
    enum: Object.keys(PROCESS_STATES),
    example: 'stuck',
    description: Object.entries(PROCESS_STATES)
      .map(([state, meaning]) => `\`${state}\`: ${meaning}.`)
      .join(' '),
  })
  state: ProcessState;
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'The command "refund" has failed: the bank does not answer',
    description: 'Why it is stuck; null when it is not.',
  })
  reason: string | null;
  @ApiProperty({
    type: 'integer',
    example: 3,
    description: 'The number of its last step; 0 when its first input could not be handled.',
  })
  step: number;
  @ApiProperty(TIME) startedAt: Date | null;
  @ApiProperty(TIME) lastStepAt: Date | null;
  @ApiProperty({ type: 'integer', example: 1, description: 'Its commands that are not carried out yet.' })
  commands: number;
  @ApiProperty({ ...TIME, example: null, description: 'When its next timer is due; null when none waits.' })
  nextTimerAt: Date | null;
}

@ApiSchema({ name: 'ProcessInstancePage' })
export class ProcessInstancePage {
  @ApiProperty({ type: [ProcessInstanceBody] }) items: ProcessInstanceBody[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'null: this is the last page.' })
  nextCursor: string | null;
}

@ApiSchema({ name: 'SentInput', description: 'Where an input by hand is in the log.' })
export class SentInputBody implements SentInput {
  @ApiProperty({ example: 'checkout-o-17', description: 'The stream of the process.' }) streamId: string;
  @ApiProperty({ format: 'uuid', example: '0197b3a0-5c1e-7d0a-9a5b-3f2b8c1e4d6f' }) eventId: string;
}
