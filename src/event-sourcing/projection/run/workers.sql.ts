import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';

/** What a process has to say of a projection that it runs. */
export interface WorkerReport {
  projection: string;
  /** Of its build. */
  revision: string;
  status: string;
  failure: string | null;
  /** Of the rebuild that it works at, if it does. */
  rebuildStatus: string | null;
  rebuildFailure: string | null;
}

/** How old a sign of life may be before a worker counts as gone, in seconds. */
export const WORKER_TTL_S = 15;

/**
 * Whether the last sign of life of a worker is not older than so many seconds. One from the future is none: the clock
 * of the database was ahead then, and the worker would seem to live until that time is over.
 */
export const wasSeenWithin = (seconds: number, worker: string) =>
  `abs(extract(epoch from clock_timestamp() - ${worker}.seen_at)) < ${seconds}`;

/** Whether a worker has given a sign of life lately. */
export const isAlive = (worker: string) => wasSeenWithin(WORKER_TTL_S, worker);

/** Signs of life of one process, and the end of those that have given none for long. */
export async function reportWork(
  manager: Statements,
  options: ResolvedOptions,
  worker: string,
  reports: readonly WorkerReport[],
): Promise<void> {
  const table = options.qualified('projection_workers');
  await manager.query(
    `with gone as (delete from ${table} w where not ${wasSeenWithin(WORKER_TTL_S * 4, 'w')} and w.worker <> $1)
     insert into ${table} (worker, projection, revision, status, failure, rebuild_status, rebuild_failure)
     select $1, projection, revision, status, failure, "rebuildStatus", "rebuildFailure"
       from jsonb_to_recordset($2) as report(projection text, revision text, status text, failure text,
                                             "rebuildStatus" text, "rebuildFailure" text)
     on conflict (worker, projection)
     do update set revision = excluded.revision, status = excluded.status, failure = excluded.failure,
                   rebuild_status = excluded.rebuild_status, rebuild_failure = excluded.rebuild_failure,
                   seen_at = clock_timestamp()`,
    [worker, JSON.stringify(reports)],
  );
}

export async function endWork(manager: Statements, options: ResolvedOptions, worker: string): Promise<void> {
  await manager.query(`delete from ${options.qualified('projection_workers')} where worker = $1`, [worker]);
}
