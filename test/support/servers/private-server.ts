import { execFile } from 'node:child_process';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { EmbeddedPostgres } from '../../../src/service/database/embedded-postgres.js';
import { findServerUser } from '../../../src/service/database/server-user.js';
import { eventually } from '../eventually.js';
import { PATIENCE_MS } from '../patience.js';

const run = promisify(execFile);

/** A PostgreSQL of one test's own, which the test may crash without harm to others. */
export class PrivateServer {
  private constructor(
    private readonly folder: string,
    private readonly postgres: EmbeddedPostgres,
    private readonly bin: string,
  ) {}

  static async start(): Promise<PrivateServer> {
    const folder = await mkdtemp(join(tmpdir(), 'eventfold-server-'));
    await chmod(folder, 0o755); // a server that root starts runs as another user, who needs access
    const postgres = await EmbeddedPostgres.start(folder);
    const [config] = await queryOnce<{ bin: string }>(
      postgres.url,
      `select setting as bin from pg_config() where name = 'BINDIR'`,
    );
    return new PrivateServer(folder, postgres, config!.bin);
  }

  get url(): string {
    return this.postgres.url;
  }

  /** Uses a connection for each query, so that a crash loses none. A query that finds the server away is sent again. */
  async query<Row extends object>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    let rows: Row[] = [];
    await eventually(async () => {
      rows = await queryOnce<Row>(this.url, sql, parameters);
    });
    return rows;
  }

  /**
   * Ends it like a power failure: nothing is finished, nothing written. Then it starts on the same port and recovers.
   */
  async crashAndRestart(): Promise<void> {
    await this.control('restart', '-m', 'immediate', '-l', join(this.folder, 'postgres', 'server.log'));
  }

  /** Ends it in order, as for maintenance, with all sessions. */
  async stop(): Promise<void> {
    await this.control('stop', '-m', 'fast');
  }

  /** Starts it after a stop, on the same port. */
  async startAgain(): Promise<void> {
    // A replica needs as many connections as the primary had.
    const options = `-c max_connections=200 -p ${new URL(this.url).port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`;
    await this.control('start', '-o', options, '-l', join(this.folder, 'postgres', 'server.log'));
  }

  /** Starts it after a stop, as a replica whose primary is away. */
  async startAsReplica(): Promise<void> {
    const signal = join(this.folder, 'postgres', 'standby.signal');
    await writeFile(signal, '');
    const owner = await findServerUser();
    if (owner) await chown(signal, owner.uid, owner.gid);
    await this.startAgain();
  }

  private async control(action: string, ...options: string[]): Promise<void> {
    const owner = await findServerUser();
    const common = ['-D', join(this.folder, 'postgres'), '-w', '-t', '60'];
    await run(join(this.bin, 'pg_ctl'), [action, ...common, ...options], {
      ...(owner && { uid: owner.uid, gid: owner.gid }),
      cwd: '/',
      env: { ...process.env, LC_ALL: 'C' },
    });
  }

  async remove(): Promise<void> {
    await this.postgres.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Runs it on a connection of its own. */
export async function queryOnce<Row extends object>(
  connectionString: string,
  sql: string,
  parameters: unknown[] = [],
): Promise<Row[]> {
  const client = new Client({
    connectionString,
    application_name: 'test',
    connectionTimeoutMillis: PATIENCE_MS,
  });
  client.on('error', () => undefined); // the query itself reports it
  await client.connect();
  try {
    return (await client.query<Row>(sql, parameters)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
