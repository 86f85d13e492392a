import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { PROJECTION_STATES, REBUILD_LIFE, statesInWords } from '../event-sourcing/for-service.js';
import {
  type ProjectionState,
  type ProjectionStatus,
  type RebuildReport,
  type RebuildState,
  type RebuildStatus,
  type TableComparison,
} from '../event-sourcing/index.js';

const REBUILD_STATES = Object.keys(REBUILD_LIFE) as RebuildState[];

const ETA = {
  type: Number,
  nullable: true,
  example: 12,
  description: 'Seconds to go at this rate; null: not known.',
};
const ROW = { type: Object, additionalProperties: true, nullable: true } as const;

@ApiSchema({ name: 'RowDifference' })
class RowDifference {
  @ApiProperty({ ...ROW, description: 'null: there is none.', example: { user_id: '3f2b8c1e', name: 'Ada' } })
  living: object | null;
  @ApiProperty({
    ...ROW,
    description: 'null: there is none.',
    example: { user_id: '3f2b8c1e', name: 'Ada L.' },
  })
  rebuilt: object | null;
}

@ApiSchema({ name: 'TableComparison', description: 'Rows compared by primary key.' })
class TableComparisonBody implements TableComparison {
  @ApiProperty({ example: '"eventfold"."user_profiles"' }) table: string;
  @ApiProperty({ type: 'integer', example: 199, description: 'The same in both.' }) equal: number;
  @ApiProperty({ type: 'integer', example: 1, description: 'In both, but different.' }) differing: number;
  @ApiProperty({ type: 'integer', example: 0, description: 'Among the living rows only.' }) missing: number;
  @ApiProperty({ type: 'integer', example: 0, description: 'Among the rebuilt rows only.' }) extra: number;
  @ApiProperty({ type: [RowDifference], description: 'The first ten, by key.' }) differences: RowDifference[];
}

@ApiSchema({ name: 'RebuildReport', description: 'What a rebuild made different.' })
class RebuildReportBody implements RebuildReport {
  @ApiProperty({ format: 'date-time', example: '2026-01-31T20:15:00.000Z' }) comparedAt: string;
  @ApiProperty({ type: 'integer', example: 5000, description: 'Up to where the living rows were folded.' })
  livePosition: number;
  @ApiProperty({ type: 'integer', example: 5000, description: 'Up to where the rebuilt rows were folded.' })
  rebuildPosition: number;
  @ApiProperty({ type: [TableComparisonBody] }) tables: TableComparisonBody[];
}

@ApiSchema({ name: 'Rebuild', description: 'A rebuild under way.' })
class RebuildBody implements RebuildStatus {
  @ApiProperty({
    enum: REBUILD_STATES,
    example: 'folding',
    description:
      '`requested`: no process has begun. `folding`: beside the living rows. `held`: folded, compared, and waiting for ' +
      'release or cancellation. `released`: on its way to the living rows.',
  })
  state: RebuildState;
  @ApiProperty({
    type: String,
    nullable: true,
    example: '1',
    description: 'Of its rows; null while no process has begun.',
  })
  revision: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    example: null,
    description: 'Why it waits or does not come on, in words.',
  })
  reason: string | null;
  @ApiProperty({ type: 'integer', example: 3000, description: 'Folded up to here.' }) position: number;
  @ApiProperty({ type: 'integer', example: 5000, description: 'The end of the log.' }) target: number;
  @ApiProperty({ example: 60 }) percent: number;
  @ApiProperty({ example: 28000.5, description: 'Events a second.' }) rate: number;
  @ApiProperty(ETA) etaSeconds: number | null;
  @ApiProperty({
    type: 'integer',
    example: 0,
    description: 'That could not be folded: parked ones of the living rows after the exchange.',
  })
  parkedKeys: number;
  @ApiProperty({
    type: RebuildReportBody,
    nullable: true,
    description: 'When it is held: what would change.',
  })
  report: RebuildReportBody | null;
}

@ApiSchema({ name: 'Projection', description: 'How a projection is, and when it stands still, why.' })
export class ProjectionBody implements ProjectionStatus {
  @ApiProperty({ example: 'user-profile' }) name: string;
  @ApiProperty({ example: '1', description: 'Of the fold that its rows are of, with its settings.' })
  revision: string;
  @ApiProperty({ type: 'integer', example: 1, description: 'Parts that are folded side by side.' })
  partitions: number;
  @ApiProperty({
    type: 'integer',
    example: 4990,
    description: 'All up to here is folded, but for parked keys.',
  })
  position: number;
  @ApiProperty({ type: 'integer', example: 5000, description: 'Of the last event of the log.' })
  logPosition: number;
  @ApiProperty({ type: 'integer', example: 10 }) lagEvents: number;
  @ApiProperty({ example: 0.4, description: 'Age of the oldest event that is not folded.' })
  lagSeconds: number;
  @ApiProperty({
    enum: Object.keys(PROJECTION_STATES),
    example: 'running',
    description: statesInWords((state, meaning) => `\`${state}\`: ${meaning}.`).join(' '),
  })
  status: ProjectionState;
  @ApiProperty({
    type: String,
    nullable: true,
    example: null,
    description: 'In words, where something is to be said.',
  })
  reason: string | null;
  @ApiProperty({ example: 1250.5, description: 'Events a second, lately.' }) rate: number;
  @ApiProperty(ETA) etaSeconds: number | null;
  @ApiProperty({ type: 'integer', example: 0, description: 'Keys that are set aside after a failure.' })
  parkedKeys: number;
  @ApiProperty({ type: RebuildBody, nullable: true, description: 'null: it is not being rebuilt.' })
  rebuild: RebuildBody | null;
  @ApiProperty({
    type: RebuildReportBody,
    nullable: true,
    description: 'Of the rebuild whose rows these are.',
  })
  lastRebuild: RebuildReportBody | null;
}

@ApiSchema({ name: 'ProjectionPage' })
export class ProjectionPage {
  @ApiProperty({ type: [ProjectionBody] }) items: ProjectionBody[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Always null: there are few.' })
  nextCursor: string | null;
}
