import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { ErasureReport, ErasureState } from '../event-sourcing/index.js';
import { EXAMPLE_USER } from '../api/example-user.js';

const STATES: readonly ErasureState[] = ['running', 'done'];
const AT = { format: 'date-time', example: '2026-01-31T20:15:00.000Z' };

@ApiSchema({ name: 'ErasureStep', description: 'One place that an erasure has looked at.' })
class ErasureStepBody {
  @ApiProperty({ example: 'subject_keys' }) place: string;
  @ApiProperty({ type: 'integer', example: 1, description: 'How much of the subject was there.' })
  found: number;
  @ApiProperty({ example: '1 keys destroyed' }) done: string;
  @ApiProperty(AT) at: Date;
}

@ApiSchema({ name: 'Erasure', description: 'The report about the erasure of a person.' })
export class ErasureBody implements ErasureReport {
  @ApiProperty({ format: 'uuid', example: '5f0f2c1e-2a5b-4f57-9a32-2f1f0a3f6b1d' }) id: string;
  @ApiProperty({ example: EXAMPLE_USER.id }) subject: string;
  @ApiProperty({
    enum: STATES,
    example: 'done',
    description: '`running`: steps are left. `done`: nothing personal is left in the places of the steps.',
  })
  state: ErasureState;
  @ApiProperty({ type: String, nullable: true, example: EXAMPLE_USER.id }) requestedBy: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'asked by mail' }) reason: string | null;
  @ApiProperty(AT) requestedAt: Date;
  @ApiProperty({
    type: 'integer',
    example: 42,
    description: 'No later event in the log has personal data of the subject.',
  })
  position: number;
  @ApiProperty({ ...AT, type: String, nullable: true }) doneAt: Date | null;
  @ApiProperty({
    ...AT,
    type: String,
    nullable: true,
    example: null,
    description: 'When the subject was allowed again; null while it is not.',
  })
  liftedAt: Date | null;
  @ApiProperty({ type: [ErasureStepBody], description: 'The steps that are done, in their order.' })
  steps: ErasureStepBody[];
  @ApiProperty({
    type: [String],
    example: ['backups of the database, until their end of life'],
    description: 'Where data of the person may be that this service does not reach.',
  })
  outside: string[];
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'Qk2Yv0Zr8eVt0c1c3q0a8Vn2m8Jc8T0m0m6i7wqkq2E',
    description:
      'HMAC-SHA256 of the other members, in Base64url. With it this service can tell later that it has made the report. ' +
      'null without a master key.',
  })
  signature: string | null;
}
