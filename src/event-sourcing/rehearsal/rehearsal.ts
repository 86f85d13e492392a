import { Injectable } from '@nestjs/common';
import { AggregateStreams } from '../aggregate/aggregate-streams.js';
import { EventRegistry } from '../event/event-registry.js';
import { SIGNAL } from '../log/argument-rules.js';
import { ResolvedOptions } from '../options.js';
import { requireArguments } from '../options/require-arguments.js';
import { resolveOptions } from '../options/resolve-options.js';
import { callOptions, flag, functionThat, optional, type Rules, wholeNumber } from '../options/rules.js';
import { CurrentTurn } from '../projection/turn/current-turn.js';
import { Projections } from '../projection/run/projections.js';
import type { UnsureBreakage } from './failure-attribution.js';
import { LogRehearsal, type RehearsalRequest } from './log-rehearsal.js';
import type { RehearsedType } from './breakage-count.js';
import { Database } from '../postgres/database.js';

export interface RehearsalOptions {
  /** Read every event, and every stream with an aggregate, instead of a sample. Default: false. */
  whole?: boolean;
  /** Most events to read from the log, and again from the streams, unless `whole`. Default: 10,000. */
  sample?: number;
  /** The first position to read. Default: 1. From a later position, no projection knows the history of its rows. */
  from?: number;
  /** Different numbers give different samples; the same number gives the same sample of the same log. Default: 1. */
  seed?: number;
  /**
   * Most rows that are kept in memory for each projection while it folds the log from its first event on. Default:
   * 100,000.
   */
  maxRows?: number;
  /** Called after each page. */
  onProgress?: (progress: RehearsalProgress) => void;
  /** Ends the rehearsal: a running statement is cancelled, and `run` throws the reason. */
  signal?: AbortSignal;
}

const REHEARSAL: Rules = {
  whole: flag(false),
  sample: wholeNumber(1, Number.MAX_SAFE_INTEGER, 10_000),
  from: wholeNumber(1, Number.MAX_SAFE_INTEGER, 1),
  seed: wholeNumber(0, Number.MAX_SAFE_INTEGER, 1),
  maxRows: wholeNumber(0, Number.MAX_SAFE_INTEGER, 100_000),
  onProgress: functionThat('takes the progress'),
  signal: optional(SIGNAL),
};

export interface RehearsalProgress {
  /** Events of the log read so far, of `total`. */
  read: number;
  total: number;
  /** Streams folded into their aggregates. */
  streams: number;
  /** Breakages found so far. */
  broken: number;
}

export interface RehearsalReport {
  /** Whether nothing is broken. */
  ok: boolean;
  /** The last position of the log when the rehearsal began. */
  head: number;
  from: number;
  /** Whether every event from `from` on was read. */
  whole: boolean;
  read: number;
  streams: number;
  /** Every stored type and schema version that was met, with its breakages. */
  types: RehearsedType[];
  /** Errors of projections that may come only from events that were not folded before. */
  unsure: UnsureBreakage[];
  projections: {
    name: string;
    /** Up to this position it folded every event from the first on; after it, it used the living rows. */
    exactUpTo: number;
    /** Why it was not called any more; absent when it was called to the end. */
    halted?: string;
  }[];
  /** Types that this build knows, but that no event read has. */
  unmet: string[];
}

/**
 * Reads the log with this build, before the build goes live: each event through its upcasters, each stream through its
 * aggregate (snapshots are ignored), each projection with rows in memory. It lists all breakages.
 *
 * Nothing is written, locked or notified. Each page is read in its own transaction, in which PostgreSQL refuses writes,
 * and the handlers of projections are called inside one. Memory does not grow with the log. Reactions are never called.
 * The rehearsal cannot control what a handler does through other connections than the turn's.
 *
 * To run it beside the service, use a script with the modules of the application and `projections: false`:
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
  async run(options: RehearsalOptions = {}): Promise<RehearsalReport> {
    requireArguments('Rehearsal.run', { options }, { options: callOptions(REHEARSAL) });
    const { onProgress, signal, ...request } = resolveOptions(options, REHEARSAL) as RehearsalOptions;
    const { database, registry, currentTurn } = this;
    const rehearsal = new LogRehearsal(
      { database, registry, currentTurn, events: this.options.qualified('events') },
      { aggregates: this.streams.aggregateClasses, foldings: this.projections.foldings },
      { ...request, signal: signal ?? new AbortController().signal } as RehearsalRequest,
    );
    return rehearsal.run(onProgress ?? (() => undefined));
  }
}
