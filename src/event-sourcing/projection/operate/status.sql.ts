import type { ResolvedOptions } from '../../options.js';
import { checkpointsOf, projectionNames } from '../newest-checkpoints.sql.js';
import { CURRENT_RATE } from '../turn/checkpoint.sql.js';
import { cancelRebuild, lockRebuild, type Rebuild } from '../rebuild/rebuild.sql.js';
import type { RebuildReport } from '../rebuild/rebuild-report.js';
import { isAlive } from '../run/sign-of-life.sql.js';
import type { Statements } from '../../postgres/database.js';
import { cancelTimersOf } from '../../timers/change-timers.sql.js';
import { fromStoredJson } from '../../postgres/stored-json.js';

/** A projection as the database has it. */
export interface ProjectionRecord {
  name: string;
  revision: string;
  isPaused: boolean;
  partitions: number;
  position: number;
  /** Rate in positions a second. */
  rate: number;
  /** Seconds since the last turn that folded anything. */
  quietSeconds: number;
  logPosition: number;
  /**
   * Age of the oldest event that is not folded, in seconds; null when all are. `quietSeconds` when its time is in the
   * future.
   */
  lagSeconds: number | null;
  parkedKeys: number;
  /** Those of them that are retried without an operator. */
  retryingKeys: number;
  /** Time of the log's last event, in ms since 1970; null where it is empty. */
  logTime: number | null;
  /** The reports of the running processes that have it. */
  workers: WorkerRecord[];
  rebuild:
    | (Pick<Rebuild, 'state' | 'revision' | 'reason' | 'hold' | 'report'> & {
        position: number;
        rate: number;
        parkedKeys: number;
      })
    | null;
  lastRebuild: RebuildReport | null;
}

export interface WorkerRecord {
  revision: string | null;
  status: string;
  failure: string | null;
  rebuildStatus: string | null;
  rebuildFailure: string | null;
}

export async function selectProjections(
  manager: Statements,
  options: ResolvedOptions,
): Promise<ProjectionRecord[]> {
  const table = (name: string) => options.qualified(name);
  const checkpoints = (build: string) => `
    select min(position)::float8 as position, avg(${CURRENT_RATE}) as rate, count(*)::integer as partitions,
           abs(extract(epoch from clock_timestamp() - max(updated_at)))::float8 as quiet
      from ${checkpointsOf(options, 'p.name', `'${build}'`)}`;
  const records = await manager.query<ProjectionRecord[]>(
    `select p.name, p.revision, p.paused_at is not null as "isPaused", live.partitions, live.position, live.rate,
            live.quiet as "quietSeconds", log.head as "logPosition",
            (select (extract(epoch from e."timestamp") * 1000)::float8 from ${options.logEnd} e
              where e.global_position = log.head::bigint) as "logTime",
            (select case when e."timestamp" > clock_timestamp() then live.quiet
                         else extract(epoch from clock_timestamp() - e."timestamp")::float8 end
               from ${options.logEnd} e where e.global_position = live.position::bigint + 1) as "lagSeconds",
            (select count(*)::integer from ${table('parked_keys')} k
              where k.projection = p.name and k.build = 'live') as "parkedKeys",
            (select count(*)::integer from ${table('parked_keys')} k
              where k.projection = p.name and k.build = 'live' and k.retry_at is not null) as "retryingKeys",
            coalesce((select jsonb_agg(jsonb_build_object(
                'revision', w.revision, 'status', w.status, 'failure', w.failure,
                'rebuildStatus', w.rebuild_status, 'rebuildFailure', w.rebuild_failure))
               from ${table('projection_workers')} w
              where w.projection = p.name and ${isAlive('w')}), '[]') as workers,
            (select jsonb_build_object('state', r.state, 'revision', r.revision, 'reason', r.reason,
                                       'hold', r.hold, 'report', r.report,
                                       'position', coalesce(made.position, 0), 'rate', coalesce(made.rate, 0),
                                       'parkedKeys', (select count(*) from ${table('parked_keys')} k
                                                       where k.projection = p.name and k.build = 'rebuild'))
               from ${table('projection_rebuilds')} r, lateral (${checkpoints('rebuild')}) made
              where r.projection = p.name) as rebuild,
            p.last_rebuild as "lastRebuild"
       from ${projectionNames(options)}
       join ${table('projections')} p on p.name = known.name
      cross join lateral (${checkpoints('live')}) live
      cross join (select coalesce(max(global_position), 0)::float8 as head from ${options.logEnd}) log
      order by p.name`,
  );
  return records.map((record) => ({
    ...record,
    workers: fromStoredJson(record.workers),
    rebuild: fromStoredJson(record.rebuild),
    lastRebuild: fromStoredJson(record.lastRebuild),
  }));
}

/** A session of the database that blocks others. */
export interface BlockingSession {
  pid: number;
  application: string;
  state: string;
  /** Age of its transaction, in seconds. */
  age: number;
}

/**
 * Sessions that hold locks for which others wait, or that stay idle with a lock on a checkpoint. The oldest come first.
 */
export async function selectBlockingSessions(
  manager: Statements,
  options: ResolvedOptions,
): Promise<BlockingSession[]> {
  return manager.query<BlockingSession[]>(
    `select a.pid, a.application_name as application, a.state,
            extract(epoch from clock_timestamp() - a.xact_start)::float8 as age
       from pg_stat_activity a
      where a.pid <> pg_backend_pid() and a.xact_start < clock_timestamp() - interval '2 s'
        and (a.pid in (select unnest(pg_blocking_pids(w.pid)) from pg_stat_activity w
                        where w.datname = current_database() and w.wait_event_type = 'Lock')
             or (a.state like 'idle in transaction%'
                 and a.pid in (select l.pid from pg_locks l
                                where l.relation = to_regclass($1) and l.granted and l.mode <> 'AccessShareLock')))
      order by a.xact_start limit 5`,
    [options.qualified('projection_checkpoints')],
  );
}

/** @returns false when nothing changed: it was in that state already */
export async function setPaused(
  manager: Statements,
  options: ResolvedOptions,
  name: string,
  isPaused: boolean,
): Promise<boolean> {
  const changed = await manager.query<[object[], number]>(
    `update ${options.qualified('projections')}
        set paused_at = case when $2 then clock_timestamp() end
      where name = $1 and (paused_at is not null) <> $2 returning name`,
    [name, isPaused],
  );
  return changed[1] > 0;
}

/** Whether a running process has the projection. */
export async function selectIsServed(
  manager: Statements,
  options: ResolvedOptions,
  name: string,
): Promise<boolean> {
  const found = await manager.query<object[]>(
    `select from ${options.qualified('projection_workers')} w where projection = $1 and ${isAlive('w')} limit 1`,
    [name],
  );
  return found.length > 0;
}

/** The tables with rows of a projection. A table that refers to another comes before it. */
const OF_PROJECTION = [
  'waiting_events',
  'parked_keys',
  'skipped_events',
  'projection_checkpoints',
  'projection_workers',
];

/** Processes are where the log is. */
async function deleteInstances(
  manager: Statements,
  options: ResolvedOptions,
  process: string,
): Promise<void> {
  for (const table of ['process_commands', 'process_instances']) {
    await manager.query(`delete from ${options.qualified(table)} where process = $1`, [process]);
  }
  await cancelTimersOf(manager, options, process);
}

/**
 * The instances of a process manager end with it: their commands are dropped, their timers cancelled. Operations and
 * the history of rebuilds stay. @returns false when there is none
 */
export async function deleteProjection(
  manager: Statements,
  options: ResolvedOptions,
  name: string,
): Promise<boolean> {
  const rebuild = await lockRebuild(manager, options, name, 'wait');
  if (rebuild !== undefined) await cancelRebuild(manager, options, rebuild, 'The projection was dropped');
  for (const table of OF_PROJECTION) {
    await manager.query(`delete from ${options.qualified(table)} where projection = $1`, [name]);
  }
  if (options.hasLog) await deleteInstances(manager, options, name);
  const [, count] = await manager.query<[object[], number]>(
    `delete from ${options.qualified('projections')} where name = $1`,
    [name],
  );
  return count > 0;
}
