import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { findServerUser } from '../../../src/service/database/server-user.js';
import { eventually } from '../eventually.js';
import { freePort } from './free-port.js';

/** Fewer than the services have connections, so the services share them. */
const SERVER_CONNECTIONS = 5;

const SETTINGS = { pool_mode: 'transaction', default_pool_size: SERVER_CONNECTIONS };

/** Whether there is a `pgbouncer` to start. Prints a line when there is none, since tests are left out then. */
export const hasPooler = (): boolean => {
  const isThere = spawnSync('pgbouncer', ['--version']).status === 0;
  if (!isThere) console.log('Skipped what needs a connection pooler: there is no pgbouncer on the PATH.');
  return isThere;
};

/** PgBouncer in transaction mode, before one database. A client may get the session that another client used before. */
export class Pooler {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    /** The URL of the database by way of the pooler. */
    readonly url: string,
  ) {}

  /** @param settings over those of the file, such as `{ pool_mode: 'statement' }` */
  static async before(databaseUrl: string, settings: Record<string, string | number> = {}): Promise<Pooler> {
    const folder = await mkdtemp(join(tmpdir(), 'eventfold-pooler-'));
    const config = join(folder, 'pgbouncer.ini');
    const url = new URL(databaseUrl);
    const { hostname, port, username, password, pathname } = url;
    const secret = password && ` password=${decodeURIComponent(password)}`;
    const host = `host=${hostname} port=${port || 5432} user=${username}${secret}`;
    url.host = `127.0.0.1:${await freePort()}`;
    await writeFile(
      config,
      [
        '[databases]',
        `${pathname.slice(1)} = ${host}`,
        '[pgbouncer]',
        'listen_addr = 127.0.0.1',
        `listen_port = ${url.port}`,
        'unix_socket_dir =',
        'auth_type = any', // it knows its way to the server, and listens only here
        ...Object.entries({ ...SETTINGS, ...settings }).map(([name, value]) => `${name} = ${value}`),
      ].join('\n'),
      { mode: 0o600 },
    );
    const owner = await findServerUser(); // it refuses to run as root
    if (owner) for (const path of [folder, config]) await chown(path, owner.uid, owner.gid);
    await chmod(folder, 0o700);
    const child = spawn('pgbouncer', [config], {
      cwd: folder,
      stdio: 'ignore',
      ...(owner && { uid: owner.uid, gid: owner.gid }),
    });
    const pooler = new Pooler(child, folder, url.href);
    await eventually(() => pooler.answers());
    return pooler;
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
    await rm(this.folder, { recursive: true });
  }

  private async answers(): Promise<void> {
    const client = new Client({ connectionString: this.url });
    try {
      await client.connect();
    } finally {
      await client.end();
    }
  }
}
