import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';
import { fromStoredJson } from '../../postgres/stored-json.js';
import { isAlive, KEPT_S, wasSeenWithin } from './sign-of-life.sql.js';

/** What a process reports of itself. */
export interface ProcessReport {
  /** A UUID, made at its start. */
  id: string;
  name: string;
  build: string;
  /** Seconds since its start. */
  age: number;
}

/** A process that works on this store, or did so a minute ago. */
export interface ProcessRecord {
  /** A UUID, made at its start. */
  id: string;
  /** Null for a process of a build that does not report its name yet. */
  name: string | null;
  build: string | null;
  startedAt: Date | null;
  seenAt: Date;
  /** Whether its last sign of life is at most 15 s old. */
  isAnswering: boolean;
  /** The projections and reactions that it runs, by name. */
  folds: { projection: string; revision: string | null; status: string }[];
}

/** Records a sign of life of a process, and deletes processes without one for a minute. */
export const reportingProcess = (options: ResolvedOptions): string => {
  const table = options.qualified('processes');
  return `
    gone_process as (delete from ${table} p where not ${wasSeenWithin(KEPT_S, 'p')} and p.id <> $1),
    living as (
      insert into ${table} (id, name, build, started_at)
      values ($1::uuid, $2, $3, clock_timestamp() - make_interval(secs => $4))
      on conflict (id) do update set seen_at = clock_timestamp())`;
};

export async function reportProcess(
  manager: Statements,
  options: ResolvedOptions,
  { id, name, build, age }: ProcessReport,
): Promise<void> {
  await manager.query(`with ${reportingProcess(options)} select`, [id, name, build, age]);
}

export async function endProcess(manager: Statements, options: ResolvedOptions, id: string): Promise<void> {
  await manager.query(`delete from ${options.qualified('processes')} where id = $1`, [id]);
}

/** A worker without a process belongs to a build that does not report its processes yet. */
export async function selectProcesses(
  manager: Statements,
  options: ResolvedOptions,
): Promise<ProcessRecord[]> {
  const found = await manager.query<ProcessRecord[]>(
    `with work as (
       select w.worker, max(w.seen_at) as seen_at,
              jsonb_agg(jsonb_build_object('projection', w.projection, 'revision', w.revision, 'status', w.status)
                        order by w.projection) as folds
         from ${options.qualified('projection_workers')} w
        where ${wasSeenWithin(KEPT_S, 'w')}
        group by w.worker),
     known as (
       select coalesce(p.id, work.worker) as id, p.name, p.build, p.started_at,
              coalesce(p.seen_at, work.seen_at) as seen_at, coalesce(work.folds, '[]') as folds
         from (select * from ${options.qualified('processes')} p where ${wasSeenWithin(KEPT_S, 'p')}) p
         full join work on work.worker = p.id)
     select id, name, build, started_at as "startedAt", seen_at as "seenAt", folds,
            ${isAlive('known')} as "isAnswering"
       from known order by name, started_at, id limit 500`,
  );
  return found.map((each) => ({ ...each, folds: fromStoredJson(each.folds) }));
}
