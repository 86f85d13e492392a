import type { ResolvedOptions } from '../options.js';
import type { Share } from './build.js';
import type { Folding } from './folding.js';
import type { Rebuild } from './rebuild.sql.js';
import type { Statements } from '../postgres/database.js';
import { fromStoredJson } from '../postgres/stored-json.js';

/** How far a share's rows have come, and what a turn has to know before it folds. */
export interface Checkpoint {
  position: number;
  /** What the rows are folded by. */
  revision: string;
  /** Of the build, in all. */
  partitions: number;
  isPaused: boolean;
  /** Keys that are set aside. */
  parked: string[];
  /** Positions of events to come that somebody has left out for good; only a rebuild meets them again. */
  skipped: number[];
  /** Position of the last event of the log. It may be older than the checkpoint of an instance that was just faster. */
  head: number;
}

/** Half of an older rate counts after this many seconds, times ln 2. */
const RATE_WINDOW_S = 10;

/** Creates a projection that is new here, with its checkpoints. */
export async function insertProjection(
  manager: Statements,
  options: ResolvedOptions,
  { name, revision, partitions, startsAt }: Folding,
): Promise<void> {
  await manager.query(
    `with created as (
       insert into ${options.qualified('projections')} (name, revision) values ($1, $2)
       on conflict (name) do nothing returning name
     )
     insert into ${options.qualified('projection_checkpoints')} (projection, build, partition, position)
     select name, 'live', partition,
            case $4 when 'end' then (select coalesce(max(global_position), 0) from ${options.qualified('events')}) else 0 end
       from created, generate_series(0, $3::integer - 1) as partition`,
    [name, revision, partitions, startsAt],
  );
}

/** Gives a projection that has no rows to a newer build; not, when another one had it meanwhile. */
export async function updateRevision(
  manager: Statements,
  options: ResolvedOptions,
  { name, revision }: Folding,
  before: string,
): Promise<void> {
  await manager.query(
    `update ${options.qualified('projections')} set revision = $2 where name = $1 and revision = $3`,
    [name, revision, before],
  );
}

/** What there is to do for a projection. */
export interface WorkPlan {
  /** Of the living rows. */
  revision: string;
  partitions: number;
  rebuild: Pick<Rebuild, 'revision' | 'partitions' | 'state'> | null;
}

/** Undefined when the projection is new here. */
export async function selectPlan(
  manager: Statements,
  options: ResolvedOptions,
  name: string,
): Promise<WorkPlan | undefined> {
  const [plan] = await manager.query<WorkPlan[]>(
    `select p.revision,
            (select count(*)::integer from ${options.qualified('projection_checkpoints')} c
              where c.projection = p.name and c.build = 'live') as partitions,
            (select to_jsonb(r) from ${options.qualified('projection_rebuilds')} r
              where r.projection = p.name) as rebuild
       from ${options.qualified('projections')} p where p.name = $1`,
    [name],
  );
  return plan && { ...plan, rebuild: fromStoredJson(plan.rebuild) };
}

type LockedRow = Omit<Checkpoint, 'position' | 'head'> & Record<'position' | 'head', string>;

/**
 * Takes the checkpoint for the rest of the transaction, or nothing when another instance has it: no leader and no
 * lease that could expire under a slow turn.
 *
 * The commit need not wait for the disk: the events are there, and rows and checkpoint are lost together or not at all,
 * so what a crash of the server takes away is folded again. The disk is left to the appends.
 */
export async function lockCheckpoint(
  manager: Statements,
  options: ResolvedOptions,
  { folding, build, partition }: Share,
  whenTaken: 'skip' | 'wait',
): Promise<Checkpoint | undefined> {
  const [row] = await manager.query<LockedRow[]>(
    `select c.position, c.build = 'live' and p.paused_at is not null as "isPaused",
            case c.build when 'live' then p.revision
              else (select r.revision from ${options.qualified('projection_rebuilds')} r where r.projection = p.name)
            end as revision,
            (select count(*)::integer from ${options.qualified('projection_checkpoints')} o
              where o.projection = c.projection and o.build = c.build) as partitions,
            array(select k.key from ${options.qualified('parked_keys')} k
                   where k.projection = c.projection and k.build = c.build and k.partition = c.partition) as parked,
            array(select s.position::float8 from ${options.qualified('skipped_events')} s
                   where s.projection = c.projection and s.position > c.position) as skipped,
            coalesce((select max(global_position) from ${options.qualified('events')}), 0) as head,
            set_config('synchronous_commit', 'off', true)
       from ${options.qualified('projection_checkpoints')} c
       join ${options.qualified('projections')} p on p.name = c.projection
      where c.projection = $1 and c.build = $2 and c.partition = $3
        for update of c ${whenTaken === 'skip' ? 'skip locked' : ''}`,
    [folding.name, build, partition],
  );
  return row && { ...row, position: Number(row.position), head: Number(row.head) };
}

export async function saveCheckpoint(
  manager: Statements,
  options: ResolvedOptions,
  { folding, build, partition }: Share,
  position: number,
): Promise<void> {
  const since = `greatest(extract(epoch from clock_timestamp() - updated_at)::float8, 0.001)`;
  await manager.query(
    `update ${options.qualified('projection_checkpoints')}
        set position = $4, updated_at = clock_timestamp(),
            rate = rate * exp(-${since} / ${RATE_WINDOW_S})
                 + ($4 - position) / ${since} * (1 - exp(-${since} / ${RATE_WINDOW_S}))
      where projection = $1 and build = $2 and partition = $3`,
    [folding.name, build, partition, position],
  );
}

/** Position up to which all of a projection's living rows are folded, as committed; undefined when it never ran. */
export async function selectPosition(
  manager: Statements,
  options: ResolvedOptions,
  name: string,
): Promise<number | undefined> {
  const [row] = await manager.query<{ position: string | null }[]>(
    `select min(position) as position from ${options.qualified('projection_checkpoints')}
      where projection = $1 and build = 'live'`,
    [name],
  );
  return row?.position == null ? undefined : Number(row.position);
}

/** Positions a second, now: the rate of the last turn fades while none follows. */
export const CURRENT_RATE = `rate * exp(-extract(epoch from clock_timestamp() - updated_at)::float8 / ${RATE_WINDOW_S})`;
