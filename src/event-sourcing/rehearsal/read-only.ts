import type { EntityManager } from 'typeorm';
import type { Database } from '../postgres/database.js';

/**
 * Runs work in one short transaction in which PostgreSQL refuses every write, so that handlers need not be trusted.
 * READ COMMITTED: a snapshot lasts for one statement, and does not hold up vacuum.
 *
 * The planner may not scan a whole table, whatever its statistics say about a log that was just restored. Both settings
 * end with the transaction, so they are safe behind a pooler.
 *
 * A statement that runs when the signal is aborted is cancelled: it may wait for a lock of another session.
 *
 * @throws the signal's reason
 */
export async function readOnly<Result>(
  database: Database,
  signal: AbortSignal,
  work: (manager: EntityManager) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  return database.transaction(async (manager) => {
    const [session] = await manager.query<{ pid: number }[]>(
      `select set_config('transaction_read_only', 'on', true), set_config('enable_seqscan', 'off', true),
              pg_backend_pid() as pid`,
    );
    const cancel = () => {
      database.statements.query('select pg_cancel_backend($1)', [session!.pid]).catch(() => undefined);
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await work(manager);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  });
}
