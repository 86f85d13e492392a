import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { Operation, OperationOutcome } from '../event-sourcing/index.js';
import { EXAMPLE_USER } from '../api/example-user.js';

const OUTCOMES: readonly OperationOutcome[] = ['done', 'refused', 'failed'];

@ApiSchema({ name: 'Operation', description: 'An act of an operator, as the log of operations has it.' })
export class OperationBody implements Operation {
  @ApiProperty({ type: 'integer', example: 42, description: 'Later operations have higher ids.' }) id: number;
  @ApiProperty({ format: 'date-time', example: '2026-01-31T20:15:00.000Z' }) at: Date;
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'ann@build-1',
    description:
      "The subject of the sender's token; for a command of the command line the user of the operating system, with " +
      'the name of the host. null when the sender is not known.',
  })
  actor: string | null;
  @ApiProperty({
    example: 'skip',
    description:
      '`pause`, `resume`, `rebuild`, `release`, `cancel` and `drop` of a projection; `retry`, `retry-all` and `skip` ' +
      'of parked keys; `rebuild-row` of the rows of one key; `move-timer`, `cancel-timer`; `retry-process`, ' +
      '`end-process`, `send-input`; `see-personal-data`. A newer version may have others.',
  })
  act: string;
  @ApiProperty({
    type: Object,
    additionalProperties: true,
    example: { projection: 'user-profile', key: EXAMPLE_USER.id, reason: 'Imported twice' },
    description: 'The parameters of the act, with its projection as `projection`, or its timer as `timer`.',
  })
  parameters: Record<string, unknown>;
  @ApiProperty({
    enum: OUTCOMES,
    example: 'done',
    description:
      '`done`: it took effect. `refused`: a rule or a state did not allow it. `failed`: it could not be done, or a key ' +
      'is still parked after a retry.',
  })
  outcome: OperationOutcome;
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'Skipped the event at position 17',
    description: 'What came of it, or why it was refused or failed; null when there is nothing to add.',
  })
  detail: string | null;
}

@ApiSchema({ name: 'OperationPage' })
export class OperationPage {
  @ApiProperty({ type: [OperationBody] }) items: OperationBody[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'null: this is the last page.' })
  nextCursor: string | null;
}
