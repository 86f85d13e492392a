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
  description: 'Seconds to go at this rate; null when unknown.',
};
const ROW = { type: Object, additionalProperties: true, nullable: true } as const;

@ApiSchema({ name: 'RowDifference' })
class RowDifference {
  @ApiProperty({
    ...ROW,
    description: 'null when there is none.',
    example: { user_id: '3f2b8c1e', name: 'Ada' },
  })
  living: object | null;
  @ApiProperty({
    ...ROW,
    description: 'null when there is none.',
    example: { user_id: '3f2b8c1e', name: 'Ada L.' },
  })
  rebuilt: object | null;
}

@ApiSchema({ name: 'TableComparison', description: 'Rows compared by primary key.' })
export class TableComparisonBody implements TableComparison {
  @ApiProperty({ example: '"eventfold"."user_profiles"' }) table: string;
  @ApiProperty({ type: 'integer', example: 199, description: 'Rows that are the same in both.' })
  equal: number;
  @ApiProperty({ type: 'integer', example: 1, description: 'Rows that are in both, but differ.' })
  differing: number;
  @ApiProperty({ type: 'integer', example: 0, description: 'Living rows that were not rebuilt.' })
  missing: number;
  @ApiProperty({ type: 'integer', example: 0, description: 'Rebuilt rows without a living row.' })
  extra: number;
  @ApiProperty({ type: [RowDifference], description: 'The first ten differences, by key.' })
  differences: RowDifference[];
}

@ApiSchema({ name: 'RebuildReport', description: 'The differences between living and rebuilt rows.' })
export class RebuildReportBody implements RebuildReport {
  @ApiProperty({ format: 'date-time', example: '2026-01-31T20:15:00.000Z' }) comparedAt: string;
  @ApiProperty({
    type: 'integer',
    example: 5000,
    description: 'Position up to which the living rows were folded.',
  })
  livePosition: number;
  @ApiProperty({
    type: 'integer',
    example: 5000,
    description: 'Position up to which the rebuilt rows were folded.',
  })
  rebuildPosition: number;
  @ApiProperty({ type: [TableComparisonBody] }) tables: TableComparisonBody[];
}

@ApiSchema({ name: 'Rebuild', description: 'A rebuild under way.' })
class RebuildBody implements RebuildStatus {
  @ApiProperty({
    enum: REBUILD_STATES,
    example: 'folding',
    description:
      '`requested`: no process has begun it. `folding`: its rows are folded beside the living ones. `held`: its rows ' +
      'are folded and compared, and it waits for release or cancellation. `released`: it will exchange the rows.',
  })
  state: RebuildState;
  @ApiProperty({
    type: String,
    nullable: true,
    example: '1',
    description: 'Revision of its rows; null while no process has begun it.',
  })
  revision: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    example: null,
    description: 'Why it waits or makes no progress, in words.',
  })
  reason: string | null;
  @ApiProperty({ type: 'integer', example: 3000, description: 'Position up to which it has folded.' })
  position: number;
  @ApiProperty({ type: 'integer', example: 5000, description: 'Position of the end of the log.' })
  target: number;
  @ApiProperty({ example: 60 }) percent: number;
  @ApiProperty({ example: 28000.5, description: 'Events a second.' }) rate: number;
  @ApiProperty(ETA) etaSeconds: number | null;
  @ApiProperty({
    type: 'integer',
    example: 0,
    description: 'Keys that could not be folded. After the exchange they are parked keys of the living rows.',
  })
  parkedKeys: number;
  @ApiProperty({
    type: RebuildReportBody,
    nullable: true,
    description: 'What the exchange would change; set while the rebuild is held.',
  })
  report: RebuildReportBody | null;
}

@ApiSchema({
  name: 'Projection',
  description: 'The status of a projection, with the reason when it stands still.',
})
export class ProjectionBody implements ProjectionStatus {
  @ApiProperty({ example: 'user-profile' }) name: string;
  @ApiProperty({ example: '1', description: 'Revision of the code and settings that folded its rows.' })
  revision: string;
  @ApiProperty({ type: 'integer', example: 1, description: 'Number of parts that are folded side by side.' })
  partitions: number;
  @ApiProperty({
    type: 'integer',
    example: 4990,
    description: 'All events up to here are folded, except those of parked keys.',
  })
  position: number;
  @ApiProperty({ type: 'integer', example: 5000, description: 'Position of the last event of the log.' })
  logPosition: number;
  @ApiProperty({ type: 'integer', example: 10 }) lagEvents: number;
  @ApiProperty({ example: 0.4, description: 'Age of the oldest event that is not folded, in seconds.' })
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
    description: 'The reason for the status, in words; null when there is none.',
  })
  reason: string | null;
  @ApiProperty({ example: 1250.5, description: 'Recent rate, in events a second.' }) rate: number;
  @ApiProperty(ETA) etaSeconds: number | null;
  @ApiProperty({
    type: 'integer',
    example: 0,
    description: 'Number of keys whose events wait after a failure.',
  })
  parkedKeys: number;
  @ApiProperty({
    type: 'integer',
    example: 0,
    description: 'Those parked keys that their reaction retries without an operator.',
  })
  retryingKeys: number;
  @ApiProperty({
    type: RebuildBody,
    nullable: true,
    description: 'The rebuild under way; null when there is none.',
  })
  rebuild: RebuildBody | null;
  @ApiProperty({
    type: RebuildReportBody,
    nullable: true,
    description: 'Report of the rebuild that made these rows; null when none did.',
  })
  lastRebuild: RebuildReportBody | null;
}

@ApiSchema({ name: 'ProjectionPage' })
export class ProjectionPage {
  @ApiProperty({ type: [ProjectionBody] }) items: ProjectionBody[];
  @ApiProperty({
    type: String,
    nullable: true,
    example: null,
    description: 'Always null: there is one page.',
  })
  nextCursor: string | null;
}
