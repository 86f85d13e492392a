import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AggregateClass, AggregateRoot } from '../aggregate/aggregate-root.js';
import type { StoredEvent } from '../event/domain-event.js';
import type { EventRegistry } from '../event/event-registry.js';
import { selectHead, selectWindowPart } from '../log/read.sql.js';
import type { CurrentTurn } from '../projection/turn/current-turn.js';
import { isStatementFailure } from '../postgres/sql-state.js';
import type { Folding } from '../projection/declare/folding.js';
import { isTransient } from '../postgres/transient-failure.js';
import { AggregateRehearsal } from './aggregate-rehearsal.js';
import { LogReader } from './log-reader.js';
import { ProjectionRehearsal, type Reading } from './projection-rehearsal.js';
import type { RehearsalOptions, RehearsalProgress, RehearsalReport } from './rehearsal-report.js';
import { randomOf, sampleOf, type PositionRange } from './sample.js';
import { StreamRehearsal } from './stream-rehearsal.js';
import { BreakageCount } from './breakage-count.js';
import type { Database } from '../postgres/database.js';
import { READ_BYTES, WALK_PAGE } from '../log/page-sizes.js';

export interface LogParts {
  database: Database;
  registry: EventRegistry;
  currentTurn: CurrentTurn;
  events: string;
}

export interface ThisBuild {
  aggregates: readonly AggregateClass<AggregateRoot<any, any>>[];
  foldings: readonly Folding[];
}

export type RehearsalRequest = Required<Omit<RehearsalOptions, 'onProgress'>>;

/** One walk through the log or a sample of it, by its primary key. The streams that it meets are read beside it. */
export class LogRehearsal {
  private readonly breakages = new BreakageCount();
  private readonly reader: LogReader;
  private readonly streams: StreamRehearsal;
  private readonly projections: ProjectionRehearsal[] = [];
  private read = 0;
  /** The last position that the walk reaches without a gap. */
  private reached = 0;

  constructor(
    private readonly parts: LogParts,
    private readonly build: ThisBuild,
    private readonly request: RehearsalRequest,
  ) {
    const { breakages } = this;
    this.reader = new LogReader({ ...parts, breakages, signal: request.signal }, parts.events);
    const aggregates = new AggregateRehearsal(build.aggregates, breakages);
    this.streams = new StreamRehearsal(this.reader, aggregates, breakages, request);
  }

  async run(onProgress: (progress: RehearsalProgress) => void): Promise<RehearsalReport> {
    const { from, whole, sample, seed } = this.request;
    const head = await this.reader.read((manager) => selectHead(manager, this.reader.events));
    const random = randomOf(seed);
    const stretches = sampleOf({ after: from - 1, upTo: head }, whole ? Infinity : sample, random);
    const total = stretches.reduce((sum, { after, upTo }) => sum + upTo - after, 0);
    const isWhole = total >= head - from + 1;
    const tell = () =>
      onProgress({ read: this.read, total, streams: this.streams.count, broken: this.breakages.broken });
    await this.open();
    for (const stretch of stretches) await this.walk(stretch, isWhole, tell);
    if (!isWhole) await this.streams.foldSample(stretches, random, tell);
    for (const projection of this.projections) projection.conclude();
    return this.report(head, isWhole);
  }

  private async walk(
    { after, upTo, weight }: PositionRange,
    isWhole: boolean,
    tell: () => void,
  ): Promise<void> {
    if (after > this.reached) for (const projection of this.projections) projection.endHistory();
    this.reached = upTo;
    while (after < upTo) {
      const window = { after, upTo, types: [], maxCount: WALK_PAGE };
      const page = await this.reader.readEvents((manager) =>
        selectWindowPart(manager, this.reader.events, window, READ_BYTES),
      );
      this.read += page.events.length;
      await this.rehearse(page.events, weight);
      for (const projection of this.projections) projection.passed(page.upTo);
      if (isWhole) await this.streams.foldAllOf(page.events);
      else this.streams.meet(page.events);
      tell();
      after = page.upTo;
      await nextTurn();
    }
  }

  private async rehearse(page: readonly StoredEvent[], weight: number): Promise<void> {
    const readings = page.map((stored): Reading => {
      this.breakages.met(stored, weight);
      return { stored, event: this.reader.revive(stored) };
    });
    for (const projection of this.projections) {
      const wanted = readings.filter((reading) => projection.wants(reading));
      if (wanted.length > 0) await this.reader.read((manager) => projection.fold(manager, wanted));
    }
  }

  private async open(): Promise<void> {
    const { breakages, request, parts } = this;
    for (const folding of this.build.foldings) {
      if (folding.kind !== 'projection') continue; // its effects leave the database
      const hasLivingRows = await this.hasLivingRows(folding);
      const options = { maxRows: request.maxRows, hasLivingRows };
      this.projections.push(new ProjectionRehearsal(folding, parts.currentTurn, breakages, options));
    }
  }

  /** A table that this build adds or widens does not exist before its migrations. */
  private async hasLivingRows(folding: Folding): Promise<boolean> {
    try {
      await this.reader.read(async (manager) => {
        for (const { table } of folding.tables('live')) await table.fetch(manager, [{}]);
      });
      return true;
    } catch (error) {
      if (!isStatementFailure(error) || isTransient(error)) throw error;
      return false;
    }
  }

  private report(head: number, isWhole: boolean): RehearsalReport {
    const types = this.breakages.list();
    const met = new Set(types.map(({ type }) => type));
    return {
      ok: this.breakages.broken === 0,
      head,
      from: this.request.from,
      whole: isWhole,
      read: this.read,
      streams: this.streams.count,
      types,
      unsure: this.projections.flatMap(({ unsure }) => unsure),
      projections: this.projections.map(({ name, exactUpTo, halted }) => ({
        name,
        exactUpTo,
        ...(halted !== undefined && { halted }),
      })),
      unmet: this.parts.registry.types.filter((type) => !met.has(type)).toSorted(),
    };
  }
}
