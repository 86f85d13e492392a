import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { findServerUser } from '../../../src/service/database/server-user.js';
import { freePort } from './free-port.js';

const run = promisify(execFile);
const PROGRAMS = ['initdb', 'pg_ctl', 'pg_dump', 'pg_restore', 'pg_basebackup'];
/** Debian's folder of PostgreSQL, with a folder for each version. */
const DEBIAN = '/usr/lib/postgresql';

/** The folder of a PostgreSQL from the system's packages, with server and client. The embedded one has no client. */
export function installedPrograms(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...toldByConfig(),
    ...versions.map((version) => join(DEBIAN, version, 'bin')),
  ];
  return folders.find((folder) => PROGRAMS.every((program) => existsSync(join(folder, program))));
}

function toldByConfig(): string[] {
  try {
    return [execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' }).trim()];
  } catch {
    return [];
  }
}

/** An empty server of one test's own, of the same version as the client that dumps and restores it. */
export class InstalledServer {
  private constructor(
    private readonly programs: string,
    private readonly folder: string,
    readonly url: string,
  ) {}

  /** @param settings of the server, such as `-c wal_level=logical` */
  static async start(programs: string, settings = ''): Promise<InstalledServer> {
    const server = await InstalledServer.inFolder(programs);
    const { data } = server;
    const options = ['-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
    await server.run('initdb', '-D', data, ...options);
    await server.startAgain(settings);
    return server;
  }

  /** A server that streams from this one. @param settings such as `-c recovery_min_apply_delay=2s` */
  async startReplica(settings = ''): Promise<InstalledServer> {
    const replica = await InstalledServer.inFolder(this.programs);
    const { port } = new URL(replica.url);
    const source = `host=127.0.0.1 port=${new URL(this.url).port} user=postgres application_name=replica_${port}`;
    const how = ['--checkpoint=fast', '--wal-method=stream', '--write-recovery-conf', '--no-sync'];
    await this.run('pg_basebackup', '-D', replica.data, '-d', source, ...how);
    await replica.startAgain(settings);
    return replica;
  }

  private static async inFolder(programs: string): Promise<InstalledServer> {
    const folder = await mkdtemp(join(tmpdir(), 'eventfold-installed-'));
    const owner = await findServerUser(); // a server refuses to run as root
    if (owner) await chown(folder, owner.uid, owner.gid);
    await chmod(folder, 0o700);
    return new InstalledServer(
      programs,
      folder,
      `postgres://postgres@127.0.0.1:${await freePort()}/postgres`,
    );
  }

  /** Starts it, also after a stop: on the same port. */
  async startAgain(settings = ''): Promise<void> {
    const address = `-p ${new URL(this.url).port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`;
    const options = `${address} -c timezone=UTC ${settings}`;
    await this.run('pg_ctl', 'start', '-D', this.data, '-l', this.file('log'), '-o', options, '-w');
  }

  /** Ends it like a power failure. */
  async crash(): Promise<void> {
    await this.run('pg_ctl', 'stop', '-D', this.data, '-m', 'immediate', '-w');
  }

  /** Makes a primary of a replica. */
  async promote(): Promise<void> {
    await this.run('pg_ctl', 'promote', '-D', this.data, '-w');
  }

  /** Runs one of its programs as its owner, and resolves with the output. */
  async run(program: string, ...options: string[]): Promise<string> {
    const owner = await findServerUser();
    const { stdout } = await run(join(this.programs, program), options, {
      ...(owner && { uid: owner.uid, gid: owner.gid }),
      cwd: '/',
      env: { ...process.env, LC_ALL: 'C' },
    });
    return stdout;
  }

  async createDatabase(name: string): Promise<string> {
    await this.query(`create database ${name}`);
    return Object.assign(new URL(this.url), { pathname: `/${name}` }).href;
  }

  async query<Row extends object>(sql: string, parameters: unknown[] = [], url = this.url): Promise<Row[]> {
    const client = new Client({ connectionString: url, application_name: 'test' });
    await client.connect();
    try {
      return (await client.query<Row>(sql, parameters)).rows;
    } finally {
      await client.end();
    }
  }

  /** A file beside the data, which the owner may write. */
  file(name: string): string {
    return join(this.folder, name);
  }

  async remove(): Promise<void> {
    await this.crash().catch(() => undefined); // the test may have ended it
    await rm(this.folder, { recursive: true, force: true });
  }

  private get data(): string {
    return join(this.folder, 'data');
  }
}
