import { Client } from 'pg';

/** A database of one test file: a clone of the migrated template, on the server the run uses. */
export interface TestDatabase {
  url: string;
  /** Runs SQL beside whatever is tested. */
  query<Row extends object>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

let count = 0;

export const createTestDatabase = (): Promise<TestDatabase> => createDatabase('_template');

/** A database of somebody else, who has nothing of ours in it yet. */
export const createEmptyDatabase = (): Promise<TestDatabase> => createDatabase();

async function createDatabase(ofTemplate?: string): Promise<TestDatabase> {
  const { EVENTFOLD_TEST_SERVER: server, EVENTFOLD_TEST_PREFIX: prefix } = process.env;
  if (!server || !prefix) throw new Error('The global setup of the end-to-end tests did not run.');
  const name = `${prefix}_${process.env.JEST_WORKER_ID}_${Date.now().toString(36)}_${count++}`;
  await once(server, `create database ${name} template ${ofTemplate ? prefix + ofTemplate : 'template1'}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const client = new Client({ connectionString: url.href, application_name: 'test' });
  await client.connect();
  client.on('error', () => undefined); // tests that restart or cut connections may hit this one too
  return {
    url: url.href,
    query: async <Row extends object>(sql: string, parameters: unknown[] = []) =>
      (await client.query<Row>(sql, parameters)).rows,
    drop: async () => {
      await client.end();
      await once(server, `drop database ${name} with (force)`);
    },
  };
}

async function once(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
