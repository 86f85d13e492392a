import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';
import { type ProcessReport, reportingProcess } from './processes.sql.js';
import { KEPT_S, wasSeenWithin } from './sign-of-life.sql.js';

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

/** Records the signs of life of one process and its workers, and deletes workers without one for long. */
export async function reportWork(
  manager: Statements,
  options: ResolvedOptions,
  { id, name, build, age }: ProcessReport,
  reports: readonly WorkerReport[],
): Promise<void> {
  const table = options.qualified('projection_workers');
  await manager.query(
    `with gone as (delete from ${table} w where not ${wasSeenWithin(KEPT_S, 'w')} and w.worker <> $1),
     ${reportingProcess(options)}
     insert into ${table} (worker, projection, revision, status, failure, rebuild_status, rebuild_failure)
     select $1, projection, revision, status, failure, "rebuildStatus", "rebuildFailure"
       from jsonb_to_recordset($5) as report(projection text, revision text, status text, failure text,
                                             "rebuildStatus" text, "rebuildFailure" text)
     on conflict (worker, projection)
     do update set revision = excluded.revision, status = excluded.status, failure = excluded.failure,
                   rebuild_status = excluded.rebuild_status, rebuild_failure = excluded.rebuild_failure,
                   seen_at = clock_timestamp()`,
    [id, name, build, age, JSON.stringify(reports)],
  );
}

export async function endWork(manager: Statements, options: ResolvedOptions, worker: string): Promise<void> {
  await manager.query(`delete from ${options.qualified('projection_workers')} where worker = $1`, [worker]);
}
