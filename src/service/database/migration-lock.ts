import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';

/**
 * The key of the lock. The lock belongs to a transaction, so it also works behind a pooler that shares connections. Any
 * role that may connect can take it, so the wait needs an end. There is no table yet whose lock could be taken instead.
 */
const LOCK = `hashtextextended('eventfold.migrate', 0)`;
/** The time of one try, in ms. After each try, the log names the holder of the lock. */
const TRY_MS = 5_000;
const LOCK_NOT_AVAILABLE = '55P03';

/** Another session has held the lock for too long. */
export class MigrationLockError extends Error {}

/**
 * Does the work while no other instance does it. Before each try, the pending work is determined again: the other
 * instance may have done it.
 *
 * @param waitMs the longest wait for the lock
 * @throws MigrationLockError that names the session that holds the lock
 */
export async function withMigrationLock<Result>(
  dataSource: DataSource,
  waitMs: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const giveUpAt = performance.now() + waitMs;
  for (;;) {
    const tryMs = Math.min(TRY_MS, Math.max(1, Math.ceil(giveUpAt - performance.now())));
    let isLocked = false;
    try {
      return await dataSource.transaction(async (lockHolder) => {
        await lockHolder.query(`select set_config('lock_timeout', $1, true)`, [`${tryMs}ms`]);
        await lockHolder.query(`select pg_advisory_xact_lock(${LOCK})`);
        isLocked = true;
        return work();
      });
    } catch (error) {
      if (isLocked || (error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
    }
    const holder = await selectHolder(dataSource);
    if (performance.now() >= giveUpAt) throw new MigrationLockError(`The lock of the migrations ${holder}.`);
    new Logger('Database').warn(`Waiting to migrate: the lock of the migrations ${holder}.`);
  }
}

async function selectHolder(dataSource: DataSource): Promise<string> {
  const [holder] = await dataSource.query<
    { pid: number; application: string; state: string | null; seconds: string | null }[]
  >(
    `select a.pid, a.application_name as application, a.state,
            extract(epoch from clock_timestamp() - a.state_change)::numeric(12, 1) as seconds
       from pg_locks l join pg_stat_activity a using (pid)
      where l.locktype = 'advisory' and l.granted and l.objsubid = 1
        and l.database = (select oid from pg_database where datname = current_database())
        and (l.classid::bigint << 32 | l.objid::bigint) = ${LOCK}`,
  );
  if (holder === undefined) return 'was held by a session that has ended';
  const state = holder.state === null ? 'in a state that this role may not see' : holder.state;
  const since = holder.seconds === null ? '' : ` for ${holder.seconds} s`;
  return (
    `is held by session ${holder.pid} ("${holder.application}", ${state}${since}). If it is no instance that ` +
    `migrates, end it: select pg_terminate_backend(${holder.pid})`
  );
}
