import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';

/** How often the folder of a server that is ending is removed, and the pause between, in ms. */
const REMOVALS = 100;
const REMOVAL_PAUSE_MS = 20;

/** An alternative for a machine without the embedded server, in words. */
const INSTEAD = 'set TEST_DATABASE_URL to a PostgreSQL whose user may create databases';

/**
 * A PostgreSQL in a folder of its own. The folder is removed with it, also when the process ends without a `stop`.
 *
 * @throws Error that says what to install, when there is no embedded server
 */
export async function startEmbeddedServer(): Promise<{ url: string; stop: () => Promise<void> }> {
  // Not at the top: tests that need no database must not load it.
  const { EmbeddedPostgres } = await import('../service/database/embedded-postgres.js');
  const folder = await mkdtemp(join(tmpdir(), 'eventfold-test-'));
  await chmod(folder, 0o755); // a server that root starts runs as another user, who needs access
  const embedded = await EmbeddedPostgres.start(folder, { instead: INSTEAD }).catch(
    async (error: unknown) => {
      await rm(folder, { recursive: true, force: true });
      throw error;
    },
  );
  const { url, pid } = await asTester(embedded.url);
  const clear = () => endAtOnce(pid, folder);
  process.once('exit', clear);
  const stop = async () => {
    process.off('exit', clear);
    await embedded.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { url, stop };
}

/** A user without a schema of its name, so that tables without a named schema are in `public`. */
async function asTester(connectionString: string): Promise<{ url: string; pid: number }> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    const password = randomBytes(12).toString('hex');
    await client.query(`create role tester superuser login password '${password}'`);
    // A crash of the machine may lose data, which the tests throw away anyway.
    for (const setting of ['fsync', 'full_page_writes'])
      await client.query(`alter system set ${setting} = off`);
    await client.query('select pg_reload_conf()');
    const { rows } = await client.query<{ pid: number }>(
      `select split_part(pg_read_file('postmaster.pid'), chr(10), 1)::integer as pid`,
    );
    const url = Object.assign(new URL(connectionString), { username: 'tester', password });
    return { url: url.href, pid: rows[0]!.pid };
  } finally {
    await client.end();
  }
}

/** The data is not worth an orderly shutdown. */
function endAtOnce(pid: number, folder: string): void {
  try {
    process.kill(pid, 'SIGQUIT');
  } catch {
    // it has ended
  }
  for (let tries = 0; tries < REMOVALS && !isRemoved(folder); tries++) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, REMOVAL_PAUSE_MS); // nothing asynchronous runs any more
  }
}

/** A server that is ending may still write. Then the folder is not empty when it is to be removed. */
function isRemoved(folder: string): boolean {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    return false;
  }
  return !existsSync(folder);
}
