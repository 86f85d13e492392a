import { Injectable } from '@nestjs/common';
import { AggregateStreams } from '../aggregate/aggregate-streams.js';
import { EventRegistry } from '../event/event-registry.js';
import { requireLog } from '../event/no-log.error.js';
import { SIGNAL } from '../log/argument-rules.js';
import { ResolvedOptions } from '../options.js';
import { requireArguments } from '../options/require-arguments.js';
import { resolveOptions } from '../options/resolve-options.js';
import { callOptions, flag, functionThat, optional, type Rules, wholeNumber } from '../options/rules.js';
import { CurrentTurn } from '../projection/turn/current-turn.js';
import { Projections } from '../projection/run/projections.js';
import { LogRehearsal, type RehearsalRequest } from './log-rehearsal.js';
import type { RehearsalOptions, RehearsalReport } from './rehearsal-report.js';
import { Database } from '../postgres/database.js';

const REHEARSAL: Rules = {
  whole: flag(false),
  sample: wholeNumber(1, Number.MAX_SAFE_INTEGER, 10_000),
  from: wholeNumber(1, Number.MAX_SAFE_INTEGER, 1),
  seed: wholeNumber(0, Number.MAX_SAFE_INTEGER, 1),
  maxRows: wholeNumber(0, Number.MAX_SAFE_INTEGER, 100_000),
  onProgress: functionThat('takes the progress'),
  signal: optional(SIGNAL),
};

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
    requireLog(this.options);
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
