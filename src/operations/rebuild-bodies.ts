import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { RebuildEnd, RebuildOutcome } from '../event-sourcing/index.js';
import { RebuildReportBody } from './projection-bodies.js';

const OUTCOMES: readonly RebuildOutcome[] = ['exchanged', 'cancelled', 'outdated'];

@ApiSchema({ name: 'RebuildEnd', description: 'A rebuild that has ended, or begins again.' })
export class RebuildEndBody implements RebuildEnd {
  @ApiProperty({ type: 'integer', example: 7, description: 'Later ends have higher ids.' }) id: number;
  @ApiProperty({
    format: 'date-time',
    example: '2026-01-31T20:05:00.000Z',
    description: 'The start of the rebuild. A rebuild that begins again keeps it.',
  })
  startedAt: Date;
  @ApiProperty({ format: 'date-time', example: '2026-01-31T20:15:00.000Z' }) endedAt: Date;
  @ApiProperty({
    type: String,
    nullable: true,
    example: '2',
    description: 'Revision of its rows; null when no process had begun it.',
  })
  revision: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'The rows were of revision "1"',
    description:
      'Why it ended so, what it waited for, or which revision it replaced; null when there is none of these.',
  })
  reason: string | null;
  @ApiProperty({
    example: false,
    description: 'Whether an operator asked to look before the rows are exchanged.',
  })
  hold: boolean;
  @ApiProperty({
    enum: OUTCOMES,
    example: 'exchanged',
    description:
      '`exchanged`: the living rows are those of the rebuild. `cancelled`: its rows were dropped. `outdated`: it ' +
      'begins again.',
  })
  outcome: RebuildOutcome;
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'ann@build-1',
    description:
      'Who asked for the rebuild; null when that is not known, as for the rebuild of a new revision.',
  })
  by: string | null;
  @ApiProperty({
    type: RebuildReportBody,
    nullable: true,
    description: 'The comparison, if there was one. Differences that would make it too long are left out.',
  })
  report: RebuildReportBody | null;
}

@ApiSchema({ name: 'RebuildEndPage' })
export class RebuildEndPage {
  @ApiProperty({ type: [RebuildEndBody] }) items: RebuildEndBody[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'null: this is the last page.' })
  nextCursor: string | null;
}
