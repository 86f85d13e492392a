import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';

/** The report of a process on a projection that it runs. */
export interface WorkerReport {
  projection: string;
  /** The revision of its build. */
  revision: string;
  status: string;
  failure: string | null;
  /** The state of the rebuild that it works on, if any. */
  rebuildStatus: string | null;
  rebuildFailure: string | null;
}

/** How old a sign of life may be before a worker counts as gone, in seconds. */
export const WORKER_TTL_S = 15;

/**
 * Whether a worker's last sign of life is at most this many seconds old. A sign from the future does not count: the
 * clock of the database was ahead then, and the worker would seem alive until that time is over.
 */
export const wasSeenWithin = (seconds: number, worker: string) =>
  `abs(extract(epoch from clock_timestamp() - ${worker}.seen_at)) < ${seconds}`;

/** Whether a worker has given a sign of life within `WORKER_TTL_S`. */
export const isAlive = (worker: string) => wasSeenWithin(WORKER_TTL_S, worker);

/** Records the signs of life of one process, and deletes workers without one for long. */
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
