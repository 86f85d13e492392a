import { ConsoleLogger, Logger } from '@nestjs/common';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { isColoured } from '../src/service/config/coloured.js';
import { EmbeddedPostgres } from '../src/service/database/embedded-postgres.js';

/** The PostgreSQL that all parts of a run share: `DATABASE_URL`, or an embedded one, with fsync on. */
export async function startServer(): Promise<{ url: string; stop: () => Promise<void> }> {
  const { DATABASE_URL } = process.env;
  if (DATABASE_URL) return { url: DATABASE_URL, stop: () => Promise.resolve() };
  const colors = isColoured(process.stderr);
  Logger.overrideLogger(new ConsoleLogger({ logLevels: ['error', 'warn', 'fatal'], colors })); // stdout is for results
  const dataDir = await mkdtemp(join(tmpdir(), 'eventfold-bench-'));
  await chmod(dataDir, 0o755); // a server that root starts runs as another user, who needs access
  const embedded = await EmbeddedPostgres.start(dataDir);
  return {
    url: embedded.url,
    stop: async () => {
      await embedded.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The version of the server. @throws Error when its commits are not durable: the figures would mean nothing */
export async function describeServer(url: string): Promise<string> {
  return withClient(url, async (client) => {
    for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
      const { rows } = await client.query<Record<string, string>>(`show ${setting}`);
      if (rows[0]![setting] !== 'on') throw new Error(`${setting} is off on this server: turn it on.`);
    }
    return (await client.query<{ server_version: string }>('show server_version')).rows[0]!.server_version;
  });
}

/** Runs `work` on a new database, and drops it afterwards. */
export async function withDatabase<Result>(
  serverUrl: string,
  name: string,
  work: (url: string) => Promise<Result>,
): Promise<Result> {
  const drop = () =>
    withClient(serverUrl, (client) => client.query(`drop database if exists "${name}" with (force)`));
  await drop();
  await withClient(serverUrl, (client) => client.query(`create database "${name}"`));
  try {
    return await work(Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href);
  } finally {
    await drop();
  }
}

export async function withClient<Result>(
  url: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
