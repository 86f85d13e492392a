import { Injectable } from '@nestjs/common';
import { AggregateStreams } from '../aggregate/aggregate-streams.js';
import { EventRegistry } from '../event/event-registry.js';
import { ResolvedOptions } from '../options.js';
import { CurrentTurn } from '../projection/turn/current-turn.js';
import { Projections } from '../projection/run/projections.js';
import type { UnsureBreakage } from './blame.js';
import { LogRehearsal } from './log-rehearsal.js';
import type { RehearsedType } from './breakage-count.js';
import { Database } from '../postgres/database.js';

export interface RehearsalOptions {
  /** Read every event, and every stream with an aggregate, instead of a sample. Default: false. */
  whole?: boolean;
  /** Events that are read of the log at most, and again of the streams, unless `whole`. Default: 10,000. */
  sample?: number;
  /** The first position that is read. Default: 1. From a later one on, no projection knows the history of its rows. */
  from?: number;
  /** Other numbers make other samples; the same number makes the same of the same log. Default: 1. */
  seed?: number;
  /**
   * Rows that are kept in memory for each projection, as it folds the log from its first event on. Default: 100,000.
   */
  maxRows?: number;
  /** Told after each page. */
  onProgress?: (progress: RehearsalProgress) => void;
  /** Ends it: a statement that is under way is canceled, and `run` throws the reason. */
  signal?: AbortSignal;
}

export interface RehearsalProgress {
  /** Events of the log that were read, of `total`. */
  read: number;
  total: number;
  /** Streams that were folded into their aggregates. */
  streams: number;
  /** Breakages that were found. */
  broken: number;
}

export interface RehearsalReport {
  /** Whether nothing is broken. */
  ok: boolean;
  /** The last position of the log when the rehearsal began. */
  head: number;
  from: number;
  /** Whether every event from there on was read. */
  whole: boolean;
  read: number;
  streams: number;
  /** Every stored type and schema version that was met, with what breaks there. */
  types: RehearsedType[];
  /** What projections threw, perhaps only for want of the events before. */
  unsure: UnsureBreakage[];
  projections: {
    name: string;
    /** Up to here it folded every event, from the first on; after it, over the rows there are. */
    exactUpTo: number;
    /** Why it was not called any more, where it was not. */
    halted?: string;
  }[];
  /** Types that this build knows, and no event that was read has. */
  unmet: string[];
}

/**
 * Reads the log through this build, before the build goes live: each event through its upcasters, each stream through
 * its aggregate (snapshots are ignored), each projection over rows in memory. It lists all that breaks.
 *
 * Nothing is written, locked or notified: each page is read in a transaction of its own which PostgreSQL keeps from
 * writing, and the handlers of projections are called inside one. Memory does not grow with the log. Reactions are
 * never called, and what a handler does through other connections than the turn's is its own.
 *
 * To run it beside the service, in a script with the modules of the application and `projections: false`:
 *
 * ```ts
 * const app = await NestFactory.createApplicationContext(AppModule);
 * const report = await app.get(Rehearsal).run({ whole: true });
 * await app.close();
 * if (!report.ok) process.exitCode = 1;
 * ```
 */
@Injectable()
export class Rehearsal {
  constructor(
    private readonly streams: AggregateStreams,
    private readonly database: Database,
    private readonly registry: EventRegistry,
    private readonly currentTurn: CurrentTurn,
    private readonly projections: Projections,
    private readonly options: ResolvedOptions,
  ) {}

  /** @throws the signal's reason when it is aborted; the database's error when it is away or has no log */
  run({ onProgress = () => undefined, ...options }: RehearsalOptions = {}): Promise<RehearsalReport> {
    const { database, registry, currentTurn } = this;
    const rehearsal = new LogRehearsal(
      { database, registry, currentTurn, events: this.options.qualified('events') },
      { aggregates: this.streams.aggregateClasses, foldings: this.projections.foldings },
      {
        whole: false,
        sample: 10_000,
        from: 1,
        seed: 1,
        maxRows: 100_000,
        signal: new AbortController().signal,
        ...options,
      },
    );
    return rehearsal.run(onProgress);
  }
}
