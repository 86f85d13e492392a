import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { ProcessRecord } from '../../event-sourcing/for-service.js';
import { ProjectionBody } from '../projection-bodies.js';
import { type FindingCode, FINDINGS, type Severity, type ViewKind, VIEWS } from './findings.js';
import type { StoreOverview } from './overview.js';
import type { Sample } from './samples.js';
import type { Finding, Verdict } from './verdict.js';

const UNKNOWN = { type: Number, nullable: true } as const;

@ApiSchema({ name: 'FindingView', description: 'What to open to see more.' })
class FindingViewBody {
  @ApiProperty({ enum: VIEWS, example: 'parked' }) kind: ViewKind;
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'user-profile',
    description: 'The projection or the replica; null when the finding is about neither.',
  })
  name: string | null;
}

@ApiSchema({ name: 'Finding' })
class FindingBody implements Finding {
  @ApiProperty({ enum: ['warning', 'alarm'], example: 'warning' }) severity: Severity;
  @ApiProperty({ enum: Object.keys(FINDINGS), example: 'projection.parked' }) code: FindingCode;
  @ApiProperty({ example: 'user-profile has parked keys' }) title: string;
  @ApiProperty({ example: '1 key is not folded.', description: 'What was seen.' }) detail: string;
  @ApiProperty({
    example: FINDINGS['projection.parked'].cure,
    description: 'What to do, in one sentence.',
  })
  cure: string;
  @ApiProperty({ type: FindingViewBody }) view: FindingViewBody;
}

@ApiSchema({ name: 'StoreVerdict' })
class VerdictBody implements Verdict {
  @ApiProperty({
    enum: ['well', 'warning', 'alarm'],
    example: 'warning',
    description: 'Of the worst finding; `well` without any.',
  })
  severity: Verdict['severity'];
  @ApiProperty({ type: [FindingBody], description: 'The worst first.' }) findings: FindingBody[];
}

@ApiSchema({ name: 'LogFigures' })
class LogFiguresBody {
  @ApiProperty({
    type: 'integer',
    nullable: true,
    example: 5000,
    description: 'Position of the last event; null while the database does not answer.',
  })
  head: number | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2026-01-31T20:15:00.000Z',
    description: 'Time of the last event; null without one.',
  })
  time: Date | null;
  @ApiProperty({
    ...UNKNOWN,
    example: 120.4,
    description: 'Events that all processes appended; null until there are two samples of the log.',
  })
  eventsPerSecond: number | null;
}

@ApiSchema({ name: 'CommandFigures', description: 'The appends of the process that answers.' })
class CommandFiguresBody {
  @ApiProperty({ example: 60.2 }) perSecond: number;
  @ApiProperty({
    ...UNKNOWN,
    example: 1.2,
    description: 'Half of the appends took at most this long; null without appends.',
  })
  p50Ms: number | null;
  @ApiProperty({ ...UNKNOWN, example: 4.8, description: 'The same for 99 of 100.' }) p99Ms: number | null;
  @ApiProperty({ example: 0, description: 'Version conflicts that commands met.' })
  conflictsPerSecond: number;
}

@ApiSchema({ name: 'FoldedProjection' })
class FoldsBody {
  @ApiProperty({ example: 'user-profile' }) projection: string;
  @ApiProperty({ type: String, nullable: true, example: '1' }) revision: string | null;
  @ApiProperty({ example: 'running' }) status: string;
}

@ApiSchema({
  name: 'Process',
  description: 'A process that works on the store, by the signs of life that it gives.',
})
class ProcessBody implements ProcessRecord {
  @ApiProperty({ format: 'uuid', example: '7c9e6679-7425-40de-944b-e07fc1f90ae7' }) id: string;
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'films-1:4711',
    description: 'Null for a process of a build that does not report it yet; the same for the next two.',
  })
  name: string | null;
  @ApiProperty({ type: String, nullable: true, example: '1.4.2' }) build: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-01-31T20:15:00.000Z' })
  startedAt: Date | null;
  @ApiProperty({ format: 'date-time', example: '2026-01-31T20:15:00.000Z' }) seenAt: Date;
  @ApiProperty({
    example: true,
    description:
      'Whether its last sign of life is at most 15 s old. It is gone from the list after a minute.',
  })
  isAnswering: boolean;
  @ApiProperty({ type: [FoldsBody], description: 'The projections and reactions that it runs, by name.' })
  folds: FoldsBody[];
}

@ApiSchema({ name: 'StoreSample', description: 'The figures of 5 s.' })
class SampleBody implements Sample {
  @ApiProperty({ format: 'date-time', example: '2026-01-31T20:15:00.000Z' }) at: string;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    example: 5000,
    description: 'Null where the database was not asked: nobody had asked for the overview in 20 minutes.',
  })
  head: number | null;
  @ApiProperty({ ...UNKNOWN, example: 120.4 }) eventsPerSecond: number | null;
  @ApiProperty({ example: 60.2 }) commandsPerSecond: number;
  @ApiProperty({ ...UNKNOWN, example: 1.2 }) p50Ms: number | null;
  @ApiProperty({ ...UNKNOWN, example: 4.8 }) p99Ms: number | null;
  @ApiProperty({ example: 0 }) conflictsPerSecond: number;
  @ApiProperty({
    type: Object,
    additionalProperties: { type: 'number' },
    example: { 'user-profile': 0.4 },
    description: 'Age of the oldest event that is not folded, in seconds, by projection.',
  })
  lagSeconds: Record<string, number>;
}

@ApiSchema({ name: 'Overview' })
export class OverviewBody implements StoreOverview {
  @ApiProperty({ type: VerdictBody }) verdict: VerdictBody;
  @ApiProperty({ type: LogFiguresBody }) log: LogFiguresBody;
  @ApiProperty({ type: CommandFiguresBody }) commands: CommandFiguresBody;
  @ApiProperty({ type: [ProjectionBody] }) projections: ProjectionBody[];
  @ApiProperty({ type: [ProcessBody], description: 'At most 500, by name.' }) processes: ProcessBody[];
  @ApiProperty({
    type: [SampleBody],
    description:
      'Of the last 15 minutes, the oldest first. Figures of commands are of the process that answers.',
  })
  samples: readonly SampleBody[];
}
