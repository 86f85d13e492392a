import type { INestApplicationContext } from '@nestjs/common';
import type { MigrationClass } from '../../../migrations/index.js';
import {
  type DomainEvent,
  EventRegistry,
  EventStore,
  type EventToAppend,
  type Recorded,
} from '../../event-sourcing/index.js';
import { ResolvedOptions } from '../../event-sourcing/for-testing.js';
import { partOf } from '../parts.js';
import { createTestDatabase, type TestDatabase } from '../test-database.js';
import { ConformanceRun } from './conformance-run.js';
import { Instance } from './instance.js';
import { StartingPoint } from './starting-point.js';

/** One event of a history, with its stream. An older `schemaVersion` lets upcasters take part. */
export interface HistoricEvent {
  streamId: string;
  event: EventToAppend;
}

/** The application and the history to check. */
export interface ConformanceSubject {
  /**
   * Starts the application, with its projections, on the database at this URL. The kit closes it. Several applications
   * run at once. For modules without an application: `(url) => startTestApplication(url, { imports: [OrdersModule] })`.
   */
  app: (url: string) => Promise<INestApplicationContext>;
  /**
   * The history that the projections fold: events in their order, or a function that makes them by commands. Nothing is
   * folded meanwhile.
   */
  events: readonly HistoricEvent[] | ((app: INestApplicationContext) => Promise<unknown>);
  /**
   * The migrations that make the tables. Default: `migrationsFor`, with all modules. Give none when the application
   * migrates by itself.
   */
  migrations?: readonly MigrationClass[];
  /** The name of the event store. Default: `default`. */
  store?: string;
}

/** A database with a history. At the start of each check, nothing of it is folded. */
export class ConformanceSetup {
  private constructor(
    private readonly subject: ConformanceSubject,
    private readonly database: TestDatabase,
    private readonly start: StartingPoint,
    readonly history: readonly Recorded<DomainEvent>[],
    private readonly options: ResolvedOptions,
  ) {}

  static async open(subject: ConformanceSubject): Promise<ConformanceSetup> {
    const { migrations } = subject;
    const database = await createTestDatabase(migrations && { migrations });
    try {
      const { history, options, partitions } = await recordHistory(subject, database.url);
      const start = await StartingPoint.of(database, options, partitions);
      return new ConformanceSetup(subject, database, start, history, options);
    } catch (error) {
      await database.drop();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.database.drop();
  }

  /** Instances that have folded nothing yet. They end with the work. */
  async withInstances<Result>(
    count: number,
    work: (run: ConformanceRun) => Promise<Result>,
  ): Promise<Result> {
    const { database, subject, start, options } = this;
    await start.restore('paused');
    const instances: Instance[] = [];
    try {
      for (let number = 0; number < count; number++) {
        instances.push(await Instance.start(await subject.app(database.url), subject.store));
      }
      await start.resume();
      return await work(new ConformanceRun(instances, database, options));
    } finally {
      for (const instance of instances) await instance.close();
    }
  }

  /** The application with its own workers. */
  async withApplication<Result>(
    work: (app: INestApplicationContext, database: TestDatabase) => Promise<Result>,
  ): Promise<Result> {
    await this.start.restore('resumed');
    const app = await this.subject.app(this.database.url);
    try {
      return await work(app, this.database);
    } finally {
      await app.close();
    }
  }
}

/** Appends the history while the database knows the projections and no process folds. */
async function recordHistory({ app: start, events, store }: ConformanceSubject, url: string) {
  const app = await start(url);
  try {
    const { foldings, processes } = await Instance.start(app, store);
    const checked = [...foldings, ...processes];
    const what = processes.length === 0 ? 'projection' : 'projection or process manager';
    if (checked.length === 0) throw new Error('The application has no projection and no process manager.');
    const log = partOf(app, EventStore, store);
    if (typeof events === 'function') await events(app);
    else for (const event of events) await log.appendEach([event]); // one by one: each event gets its own time
    const registry = partOf(app, EventRegistry, store);
    const types = [...new Set(checked.flatMap(({ eventTypes }) => eventTypes))];
    const history: Recorded<DomainEvent>[] = [];
    for await (const stored of log.iterateAll({ types })) {
      await registry.prepare([stored]);
      history.push(registry.revive(stored));
    }
    if (history.length === 0) throw new Error(`The history has no event that a ${what} handles.`);
    const partitions = new Map(foldings.map((folding) => [folding.name, folding.partitions]));
    return { history, options: partOf(app, ResolvedOptions, store), partitions };
  } finally {
    await app.close();
  }
}
