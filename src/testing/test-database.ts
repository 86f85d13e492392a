import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { type MigrationClass, migrationsFor, MODULES_WITH_TABLES } from '../../migrations/index.js';
import { TestServer } from './test-server.js';

/** A database of one test file, or of one test. */
export interface TestDatabase {
  readonly url: string;
  /** Runs SQL on a connection of its own. */
  query<Row extends object>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  /** Drops the database and ends open connections. Close applications first. */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /**
   * The migrations that make its tables. They run once in a test run; each database is a copy. Default:
   * `migrationsFor`, with all modules.
   */
  migrations?: readonly MigrationClass[];
}

/**
 * A throw-away database with its tables. It is on a PostgreSQL that is started for the tests, or on the server of
 * `TEST_DATABASE_URL`.
 *
 * @throws Error that says what to install or set, when there is no PostgreSQL
 */
export async function createTestDatabase({
  migrations = migrationsFor({ modules: MODULES_WITH_TABLES }),
}: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const { server, release } = await TestServer.use();
  try {
    return await openDatabase(server, await migrated(server, migrations), release);
  } catch (error) {
    await release();
    throw error;
  }
}

/** The name of a database with these migrations, to clone. */
export async function migrated(
  server: TestServer,
  migrations: readonly MigrationClass[],
): Promise<string | undefined> {
  if (migrations.length === 0) return undefined;
  return server.template(identityOf(migrations), (url) => migrate(url, migrations));
}

/** @param released is called when the database is dropped */
export async function openDatabase(
  server: TestServer,
  template?: string,
  released: () => Promise<void> = async () => {},
): Promise<TestDatabase & { name: string }> {
  const name = await server.createDatabase(template);
  const url = server.urlOf(name);
  const client = new Client({ connectionString: url, application_name: 'test' });
  await client.connect();
  client.on('error', () => undefined); // tests that restart or cut connections may hit this one, too
  const inTurn = oneAfterAnother();
  return {
    name,
    url,
    query: async <Row extends object>(sql: string, parameters: unknown[] = []) =>
      (await inTurn(() => client.query<Row>(sql, parameters))).rows,
    drop: async () => {
      await client.end();
      await server.dropDatabase(name);
      await released();
    },
  };
}

/**
 * Begins each work after the end of the previous one: from version 9 on, a client of `pg` takes one query at a time.
 */
function oneAfterAnother() {
  let last: Promise<unknown> = Promise.resolve();
  return <Result>(work: () => Promise<Result>): Promise<Result> => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
}

const identityOf = (migrations: readonly MigrationClass[]) =>
  migrations.map((migration) => `${new migration().name ?? migration.name} ${String(migration)}`).join('\n');

async function migrate(url: string, migrations: readonly MigrationClass[]): Promise<void> {
  const dataSource = new DataSource({ type: 'postgres', url, migrations: [...migrations], logging: false });
  await dataSource.initialize();
  try {
    await dataSource.runMigrations({ transaction: 'each' });
  } finally {
    await dataSource.destroy();
  }
}
