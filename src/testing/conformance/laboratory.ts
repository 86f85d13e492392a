import type { INestApplicationContext } from '@nestjs/common';
import { type MigrationClass, migrationsFor } from '../../../migrations/index.js';
import { type DomainEvent, EventRegistry, EventStore, type Recorded } from '../../event-sourcing/index.js';
import { ResolvedOptions } from '../../event-sourcing/for-testing.js';
import { partOf } from '../parts.js';
import { migrated, openDatabase, type TestDatabase } from '../test-database.js';
import { TestServer } from '../test-server.js';
import { Bench } from './bench.js';
import { Instance } from './instance.js';

/** One event of a history, and the stream that it is in. */
export interface HistoricEvent {
  streamId: string;
  event: DomainEvent;
}

/** What is checked. */
export interface ConformanceSubject {
  /**
   * Starts the application, with its projections, on the database at this URL; the kit closes it. Several run at once.
   * For modules without an application: `(url) => startTestApplication(url, { imports: [OrdersModule] })`.
   */
  app: (url: string) => Promise<INestApplicationContext>;
  /** A history that the projections fold: events in their order, or what makes them by commands. */
  events: readonly HistoricEvent[] | ((app: INestApplicationContext) => Promise<unknown>);
  /** What makes the tables. Default: `migrationsFor()`; none where the application migrates itself. */
  migrations?: readonly MigrationClass[];
  /** The name of the event store. Default: `default`. */
  store?: string;
}

/** A database with a history that nobody has folded yet. Each check gets copies of it. */
export class Laboratory {
  private constructor(
    private readonly subject: ConformanceSubject,
    private readonly server: TestServer,
    private readonly release: () => Promise<void>,
    private readonly seed: string,
    readonly history: readonly Recorded<DomainEvent>[],
    private readonly options: ResolvedOptions,
  ) {}

  static async open(subject: ConformanceSubject): Promise<Laboratory> {
    const { server, release } = await TestServer.use();
    try {
      const seed = await server.createDatabase(await migrated(server, subject.migrations ?? migrationsFor()));
      const { history, options } = await recordHistory(subject, server.urlOf(seed));
      // Else the workers of the instances would begin to fold before they are stopped.
      await server.run(seed, `update ${options.qualified('projections')} set paused_at = clock_timestamp()`);
      return new Laboratory(subject, server, release, seed, history, options);
    } catch (error) {
      await release();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.server.dropDatabase(this.seed);
    await this.release();
  }

  /** Instances on a copy of the database, for as long as the work lasts. */
  async withInstances<Result>(count: number, work: (bench: Bench) => Promise<Result>): Promise<Result> {
    return this.withDatabase(async (database) => {
      const instances: Instance[] = [];
      try {
        for (let number = 0; number < count; number++) {
          const app = await this.subject.app(database.url);
          instances.push(await Instance.start(app, this.subject.store));
        }
        const names = instances[0]!.foldings.map(({ name }) => name);
        await this.resume(database, names);
        return await work(new Bench(instances, database, this.options));
      } finally {
        for (const instance of instances) await instance.close();
      }
    });
  }

  /** The application as it is, with its workers, on a copy of the database. */
  async withApplication<Result>(
    names: readonly string[],
    work: (app: INestApplicationContext, database: TestDatabase) => Promise<Result>,
  ): Promise<Result> {
    return this.withDatabase(async (database) => {
      await this.resume(database, names);
      const app = await this.subject.app(database.url);
      try {
        return await work(app, database);
      } finally {
        await app.close();
      }
    });
  }

  private async withDatabase<Result>(work: (database: TestDatabase) => Promise<Result>): Promise<Result> {
    const database = await openDatabase(this.server, this.seed);
    try {
      return await work(database);
    } finally {
      await database.drop();
    }
  }

  private resume(database: TestDatabase, names: readonly string[]): Promise<unknown> {
    const sql = `update ${this.options.qualified('projections')} set paused_at = null where name = any($1)`;
    return database.query(sql, [names]);
  }
}

/** Appends the history while the projections are known to the database and nobody folds. */
async function recordHistory({ app: start, events, store }: ConformanceSubject, url: string) {
  const app = await start(url);
  try {
    const { foldings } = await Instance.start(app, store);
    if (foldings.length === 0) throw new Error('The application has no projection.');
    const log = partOf(app, EventStore, store);
    if (typeof events === 'function') await events(app);
    else for (const event of events) await log.appendEach([event]); // one by one: each has its own time
    const registry = partOf(app, EventRegistry, store);
    const types = [...new Set(foldings.flatMap(({ eventTypes }) => eventTypes))];
    const history: Recorded<DomainEvent>[] = [];
    for await (const stored of log.iterateAll({ types })) history.push(registry.revive(stored));
    if (history.length === 0) throw new Error('The history has no event that a projection handles.');
    return { history, options: partOf(app, ResolvedOptions, store) };
  } finally {
    await app.close();
  }
}
