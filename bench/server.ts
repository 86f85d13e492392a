import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgres } from '../src/database/embedded-postgres.js';

/** The PostgreSQL that all parts of a run share: `DATABASE_URL`, or an embedded one, with fsync on. */
export async function startServer(): Promise<{ url: string; stop: () => Promise<void> }> {
  const { DATABASE_URL } = process.env;
  if (DATABASE_URL) return { url: DATABASE_URL, stop: () => Promise.resolve() };
  const dataDir = await mkdtemp(join(tmpdir(), 'eventfold-bench-'));
  await chmod(dataDir, 0o755); // a server that root starts runs as another user, who must get here
  const embedded = await EmbeddedPostgres.start(dataDir);
  return {
    url: embedded.url,
    stop: async () => {
      await embedded.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
