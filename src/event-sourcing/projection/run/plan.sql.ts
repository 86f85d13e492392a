import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';
import { fromStoredJson } from '../../postgres/stored-json.js';
import { partitionsOf } from '../newest-checkpoints.sql.js';
import type { Folding } from '../declare/folding.js';
import type { Rebuild } from '../rebuild/rebuild.sql.js';
import { isAlive } from './sign-of-life.sql.js';

/** Creates a new projection with its checkpoints. @param position the events behind it are folded */
export async function insertProjection(
  manager: Statements,
  options: ResolvedOptions,
  { name, revision, partitions }: Folding,
  position: number,
): Promise<void> {
  await manager.query(
    `with created as (
       insert into ${options.qualified('projections')} (name, revision) values ($1, $2)
       on conflict (name) do nothing returning name
     )
     insert into ${options.qualified('projection_checkpoints')} (projection, build, partition, position)
     select name, 'live', partition, $4
       from created, generate_series(0, $3::integer - 1) as partition`,
    [name, revision, partitions, position],
  );
}

/** Assigns a projection without rows to a newer build, unless another build had it meanwhile. */
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

/** The work for a projection. */
export interface WorkPlan {
  /** The revision of the living rows. */
  revision: string;
  partitions: number;
  rebuild: Pick<Rebuild, 'revision' | 'partitions' | 'state'> | null;
  /** The revisions of the running processes. */
  served: string[];
}

/** Undefined when the projection does not exist yet. */
export async function selectPlan(
  manager: Statements,
  options: ResolvedOptions,
  name: string,
): Promise<WorkPlan | undefined> {
  const [plan] = await manager.query<WorkPlan[]>(
    `select p.revision,
            ${partitionsOf(options, 'p.name', `'live'`)} as partitions,
            (select to_jsonb(r) from ${options.qualified('projection_rebuilds')} r
              where r.projection = p.name) as rebuild,
            array(select distinct w.revision from ${options.qualified('projection_workers')} w
                   where w.projection = p.name and w.revision is not null
                     and ${isAlive('w')}) as served
       from ${options.qualified('projections')} p where p.name = $1`,
    [name],
  );
  return plan && { ...plan, rebuild: fromStoredJson(plan.rebuild) };
}
