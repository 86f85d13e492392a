import { Inject, Injectable, Logger } from '@nestjs/common';
import { awaitStops } from '../../background/awaited-stop.js';
import { backOffDelay } from '../../background/retry.js';
import { WakeUp } from '../../background/wake-up.js';
import { LOG_SOURCE, type LogSource } from '../../log/source/log-source.js';
import { LogSignal } from '../../log/arrival/log-signal.js';
import { ResolvedOptions } from '../../options.js';
import { CommandDispatcher } from '../../process/dispatch/command-dispatcher.js';
import { requireTables, rowTablesOf } from '../../doctor/required-tables.js';
import { requireStoredColumns } from './stored-columns.sql.js';
import { Exchange } from '../rebuild/exchange.js';
import type { Folding } from '../declare/folding.js';
import type { Share } from '../declare/share.js';
import { FoldingDiscovery } from '../declare/folding-discovery.js';
import { LogListener } from '../../log/arrival/log-listener.js';
import { LogWatch } from '../../log/arrival/log-watch.js';
import { ParkedKeys } from '../parking/parked-keys.js';
import { ProjectionProgress } from './projection-progress.js';
import type { ProjectionRunner } from './projection-runner.js';
import { ProjectionWorker } from './projection-worker.js';
import { Rebuilds } from '../rebuild/rebuilds.js';
import { Turns } from '../turn/turn.js';
import { LeasedTurns } from '../lease/leased-turns.js';
import { Heartbeat } from './heartbeat.js';
import type { WorkerReport } from './workers.sql.js';
import { Database } from '../../postgres/database.js';
import { connectionsNeeded } from '../../postgres/pool-requirements.js';
import { examinedProcess } from '../../doctor/check.js';
import { askAtStart, requireFit } from '../../doctor/require-fit.js';

/** How often a process checks whether it may start its projections, in ms. */
const LOOK_MS = 100;

/** Runs the projections and reactions of the modules that work with this event store. */
@Injectable()
export class Projections {
  private found: readonly Folding[] = [];
  private workers: readonly ProjectionWorker[] = [];
  private readonly wakeUp = new WakeUp();
  private readonly logger = new Logger('Projections');
  private starting: Promise<void> | undefined;
  private connecting: Promise<void> | undefined;
  private stopping = false;

  constructor(
    private readonly discovery: FoldingDiscovery,
    private readonly database: Database,
    private readonly turns: Turns,
    private readonly leasedTurns: LeasedTurns,
    private readonly rebuilds: Rebuilds,
    private readonly exchange: Exchange,
    private readonly parkedKeys: ParkedKeys,
    private readonly signal: LogSignal,
    private readonly listener: LogListener,
    private readonly watch: LogWatch,
    private readonly progress: ProjectionProgress,
    private readonly heartbeat: Heartbeat,
    private readonly dispatcher: CommandDispatcher,
    private readonly options: ResolvedOptions,
    @Inject(LOG_SOURCE) private readonly source: LogSource,
  ) {}

  /** All projections and reactions of this application, also those that this process does not run. */
  get foldings(): readonly Folding[] {
    return this.found;
  }

  /** The workers of this process; none with `projections: false`. */
  get running(): readonly ProjectionWorker[] {
    return this.workers;
  }

  /** The runners of this process. */
  get runners(): readonly ProjectionRunner[] {
    return this.workers.flatMap(({ runners }) => runners);
  }

  /**
   * Resolves when the database knows all projections and reactions: they get all later events. An application that
   * initializes its data source later starts without them, and they start then. Can be called again.
   *
   * @throws MissingTablesError when the database lacks tables of the projections or of the event store
   * @throws UnfitEnvironmentError when Eventfold cannot work with the server, the role or the process
   * @throws UnsupportedColumnError when an entity or a table of a projection has a column that cannot be folded
   * correctly
   */
  start(): Promise<void> {
    this.starting ??= this.database.isConnected ? this.startNow() : this.startLater();
    return this.starting;
  }

  private startLater(): Promise<void> {
    this.logger.warn('The data source is not initialized: projections start when it is.');
    this.connecting = this.startWhenConnected();
    return Promise.resolve();
  }

  /**
   * TypeORM has no event for an initialized data source, and reports it as initialized before the entities are known
   * and the migrations have run. So a failed start is tried again as long as the process lives.
   */
  private async startWhenConnected(): Promise<void> {
    let wasTold: string | undefined;
    for (let failures = 0; !this.stopping;) {
      try {
        if (this.database.isConnected) return await this.startNow();
        await this.wakeUp.wait(LOOK_MS);
      } catch (error) {
        const { message } = error as Error;
        if (message !== wasTold) this.logger.error(`Projections do not start yet: ${message}`);
        wasTold = message;
        await this.wakeUp.wait(backOffDelay(++failures, LOOK_MS));
      }
    }
  }

  private async startNow(): Promise<void> {
    this.found = await this.discovery.find();
    const folds = this.options.projections && this.found.length > 0;
    await this.database.requireUsable(connectionsNeeded(folds));
    // Both run at once, each on its own connection: both read the catalog, which is slow for a fresh session.
    const columns = requireStoredColumns(this.database.statements, this.found);
    columns.catch(() => undefined); // a missing table is reported below
    if (this.options.requireTables) await this.requireFit(folds);
    await columns;
    this.progress.register(this.found.map(({ name }) => name));
    if (!folds) return this.startWithoutFolding();
    const { database, turns, leasedTurns, rebuilds, exchange, parkedKeys, signal, watch, source, options } =
      this;
    const parts = {
      database,
      turns,
      leasedTurns,
      rebuilds,
      exchange,
      parkedKeys,
      signal,
      watch,
      source,
      options,
    };
    const onTurn = (share: Share) => this.progress.follow(share);
    this.workers = this.found.map((folding) => new ProjectionWorker(folding, parts, onTurn));
    this.watch.start();
    this.listener.start();
    this.source.start();
    this.heartbeat.start(() => this.reports());
    await Promise.all(this.workers.map((worker) => worker.start()));
    this.dispatcher.start(this.found.flatMap(({ process }) => process ?? []));
  }

  /** A process without the check of its tables only looks, as the command line does, and is no process of the store. */
  private startWithoutFolding(): void {
    if (this.options.requireTables) this.heartbeat.start();
  }

  private async requireFit(folds: boolean): Promise<void> {
    const { database, options, found } = this;
    const examined = examinedProcess(options, {
      folds,
      mayOnlyRead: !options.projections,
      isStarting: true,
      poolSize: database.poolSize,
      rowTables: found.flatMap((folding) => rowTablesOf(folding).map(([table]) => table)),
    });
    const facts = await askAtStart(database.statements, examined);
    if (facts === undefined) return;
    requireTables(options.schema, found, facts.answers['tables'] as string[]);
    requireFit(facts, examined, new Logger('Doctor'));
  }

  /** Ends after the current turns, and says what it waits for when one takes long. Can be called again. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wakeUp.ring();
    await this.connecting;
    const turns = this.workers.map(
      (each) => [`${each.folding.kind} "${each.folding.name}"`, each.stop()] as const,
    );
    const others = [this.watch, this.listener, this.source].map((part) => part.stop());
    const stops = {
      ...Object.fromEntries(turns),
      'the commands of processes': this.dispatcher.stop(),
      'the watch of the log': Promise.all(others),
    };
    await awaitStops(stops, this.logger);
    await this.heartbeat.stop();
  }

  private reports(): WorkerReport[] {
    return this.workers.map(({ folding, status, rebuildStatus }) => ({
      projection: folding.name,
      revision: folding.revision,
      ...status,
      rebuildStatus: rebuildStatus?.status ?? null,
      rebuildFailure: rebuildStatus?.failure ?? null,
    }));
  }
}
