import { Logger } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { StartRefused } from '../config/start-refused.js';
import { completeBinaries } from './complete-binaries.js';
import { isAlive } from './is-alive.js';
import { findServerUser, type ServerUser, placeFor, reachableBinaries } from './server-user.js';
import { findPostgresPackage } from './postgres-package.js';
import { lastLines, runProgram } from './postgres-program.js';
import { untilAborted } from './until-aborted.js';

const USER = 'eventfold';
const DATABASE = 'eventfold';

/**
 * Settings beside the address. An append touches pages all over the index of streams of a large log. With PostgreSQL's
 * 128 MB and 1 GB, most of that index does not stay in memory, and each of its pages is written to the WAL again soon
 * after every checkpoint.
 */
const SERVER_SETTINGS = 'max_connections=200 timezone=UTC shared_buffers=512MB max_wal_size=4GB';

/** The time for the stop of a server whose start was given up. */
const STOP_WITHIN_MS = 4_000;

/** The server of a data directory: its cluster and its process. */
export class EmbeddedServer {
  private readonly logger = new Logger('Embedded PostgreSQL');

  private constructor(
    private readonly dataDir: string,
    private readonly directory: string,
    private readonly bin: string,
    private readonly owner: ServerUser | undefined,
  ) {}

  /** @param instead an alternative to the embedded server, in words */
  static async at(dataDir: string, instead?: string): Promise<EmbeddedServer> {
    const found = findPostgresPackage(instead);
    await mkdir(dataDir, { recursive: true });
    const owner = await findServerUser();
    const native = await reachableBinaries(found.native, found.version, owner);
    await completeBinaries(native, found, instead);
    const directory = await placeFor(join(dataDir, 'postgres'), owner);
    return new EmbeddedServer(dataDir, directory, join(native, 'bin'), owner);
  }

  get lockFile(): string {
    return join(this.dataDir, 'postgres.lock');
  }

  /**
   * Starts the server on a free port. A start that fails, or that the signal ends, leaves no server behind.
   *
   * @throws StartRefused with the server's own words
   * @throws the signal's reason
   */
  async start(signal: AbortSignal): Promise<number> {
    const port = await freePort();
    const starting = this.startAt(port);
    try {
      await untilAborted(starting, signal);
      await this.createDatabase(port);
      return port;
    } catch (error) {
      await this.stopAfter(starting);
      throw error;
    }
  }

  /**
   * Ends the open sessions, and waits until the server has written everything. After half of the time the server ends
   * at once: its WAL has what was committed, and the next start recovers it.
   *
   * @throws Error when the server still runs
   */
  async stop(withinMs: number): Promise<void> {
    const stopBy = performance.now() + withinMs;
    const stop = (mode: string, ms: number) =>
      this.asOwner('pg_ctl', ['stop', '-D', this.directory, '-m', mode, '-w', '-t', seconds(ms)]);
    try {
      await stop('fast', withinMs / 2);
    } catch {
      if (await this.isRunning()) await stop('immediate', stopBy - performance.now());
    }
  }

  /** The port in the server's pid file. The server may have ended since. */
  async runningPort(): Promise<number | undefined> {
    const port = (await this.readPidFile()).split('\n')[3];
    return port === undefined ? undefined : Number(port);
  }

  async url(port: number, database = DATABASE): Promise<string> {
    return `postgres://${USER}:${await readFile(this.passwordFile, 'utf8')}@127.0.0.1:${port}/${database}`;
  }

  /** Works as a client of the server, even if its database does not exist yet. */
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
  async initialise(signal: AbortSignal): Promise<void> {
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
    await this.initdb(randomBytes(18).toString('base64url'), signal);
  }

  /** Works in a folder beside, and renames it when complete: a start that is cut off leaves no half of a cluster. */
  private async initdb(password: string, signal: AbortSignal): Promise<void> {
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
      const where = ['-D', unfinished, `--username=${USER}`, `--pwfile=${input}`];
      await this.asOwner('initdb', [...where, ...options], signal);
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      throw error;
    } finally {
      await rm(input, { force: true });
    }
    await writeFile(this.passwordFile, password, { mode: 0o600 });
    await rename(unfinished, this.directory);
  }

  /** Waits for the pid file first: a server has none in the first moment of its start, and cannot be stopped before. */
  private async stopAfter(starting: Promise<void>): Promise<void> {
    const settled = starting.then(
      () => true,
      () => true,
    );
    while (!(await this.isRunning()) && !(await Promise.race([settled, sleep(20, false)])));
    if (await this.isRunning()) await this.stop(STOP_WITHIN_MS);
  }

  /** Whether a process has the id in the server's pid file. A server that was killed leaves the file behind. */
  private async isRunning(): Promise<boolean> {
    const pid = Number.parseInt(await this.readPidFile(), 10);
    return pid > 0 && isAlive(pid);
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
    } catch (cause) {
      const said = lastLines(await readFile(log, 'utf8').catch(() => '')) || (cause as Error).message;
      throw new StartRefused(`The embedded PostgreSQL in ${this.directory} does not start: ${said}`, {
        cause,
      });
    }
  }

  private async createDatabase(port: number): Promise<void> {
    await this.withClient(port, async (client) => {
      const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
      if (rowCount === 0) await client.query(`create database ${DATABASE}`);
    });
  }

  private asOwner(program: string, options: string[], signal?: AbortSignal): Promise<void> {
    return runProgram(join(this.bin, program), options, this.owner, signal);
  }

  private readPidFile(): Promise<string> {
    return readFile(join(this.directory, 'postmaster.pid'), 'utf8').catch(() => '');
  }

  private get passwordFile(): string {
    return join(this.dataDir, 'postgres.password');
  }
}

/** The time in the form that `pg_ctl` takes, which knows whole seconds only. */
function seconds(ms: number): string {
  return String(Math.max(1, Math.round(ms / 1_000)));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolveListening) => server.once('listening', resolveListening));
  const { port } = server.address() as { port: number };
  await new Promise((resolveClosed) => server.close(resolveClosed));
  return port;
}
