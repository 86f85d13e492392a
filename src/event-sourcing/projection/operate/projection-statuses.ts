import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../clock.js';
import { LOG_SOURCE, type LogSource } from '../../log/source/log-source.js';
import { ResolvedOptions } from '../../options.js';
import { Database } from '../../postgres/database.js';
import { type ProjectionStatus, standsStill, statusOf } from './projection-status.js';
import { type ProjectionRecord, selectBlockingSessions, selectProjections } from './status.sql.js';

/** How far a projection is behind the log. */
export interface ProjectionLag {
  name: string;
  logPosition: number;
  /** Age of the oldest event that is not folded, in seconds; 0 when all are. */
  lagSeconds: number;
}

/** Reads how far projections and reactions are, and in which state. */
@Injectable()
export class ProjectionStatuses {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly options: ResolvedOptions,
    @Inject(LOG_SOURCE) private readonly source: LogSource,
  ) {}

  /** All projections and reactions that ever ran on this log, by name. */
  async list(): Promise<ProjectionStatus[]> {
    const records = await this.records();
    const { statements: manager } = this.database;
    const blockers = records.some(standsStill) ? await selectBlockingSessions(manager, this.options) : [];
    const latest = new Date(this.clock.now().getTime() + this.options.maxClockAheadMs);
    return records.map((record) =>
      statusOf(record, { blockers: standsStill(record) ? blockers : [], latest }),
    );
  }

  /** How far the log and each projection are, by one statement: for figures that are taken again and again. */
  async lags(): Promise<ProjectionLag[]> {
    const records = await this.records();
    return records.map(({ name, logPosition, lagSeconds }) => ({
      name,
      logPosition,
      lagSeconds: lagSeconds ?? 0,
    }));
  }

  private async records(): Promise<ProjectionRecord[]> {
    const records = await selectProjections(this.database.statements, this.options);
    return Promise.all(records.map((each) => this.withLag(each)));
  }

  /** Adds the age of the next event where the database does not have it; at least that of the last one. */
  private async withLag(record: ProjectionRecord): Promise<ProjectionRecord> {
    const { position, logPosition, logTime, lagSeconds } = record;
    if (lagSeconds !== null || position >= logPosition) return record;
    const next = this.source.eventsAt(this.database.statements, [position + 1]);
    const time = await next.then(
      ({ events: [event] }) => event?.timestamp.getTime(),
      () => undefined,
    );
    const ageMs = this.clock.now().getTime() - (time ?? logTime ?? 0);
    return { ...record, lagSeconds: Math.max(ageMs, 0) / 1_000 };
  }
}
