import type { EntityManager } from 'typeorm';

/** How far a projection's rows have come. */
export interface Checkpoint {
  revision: string;
  position: number;
}

/** Creates the checkpoint of a projection that is new here. */
export async function ensureCheckpoint(
  manager: EntityManager,
  table: string,
  name: string,
  revision: string,
) {
  await manager.query(`insert into ${table} (name, revision) values ($1, $2) on conflict (name) do nothing`, [
    name,
    revision,
  ]);
}

/**
 * Takes the checkpoint for the rest of the transaction, or nothing when another instance has it: no leader and no
 * lease that could expire under a slow turn.
 *
 * The head of the log comes with it. It may be older than the checkpoint of an instance that was just faster.
 *
 * The commit need not wait for the disk: the events are there, and rows and checkpoint are lost together or not at all,
 * so what a crash of the server takes away is folded again. The disk is left to the appends.
 */
export async function lockCheckpoint(
  manager: EntityManager,
  { checkpoints, events }: { checkpoints: string; events: string },
  name: string,
  whenTaken: 'skip' | 'wait',
): Promise<(Checkpoint & { head: number }) | undefined> {
  const rows = await manager.query<{ revision: string; position: string; head: string | null }[]>(
    `select revision, position, (select max(global_position) from ${events}) as head,
            set_config('synchronous_commit', 'off', true)
       from ${checkpoints} where name = $1 for update ${whenTaken === 'skip' ? 'skip locked' : ''}`,
    [name],
  );
  return rows.map(({ revision, position, head }) => ({
    revision,
    position: Number(position),
    head: Number(head ?? 0),
  }))[0];
}

export async function saveCheckpoint(manager: EntityManager, table: string, name: string, to: Checkpoint) {
  await manager.query(
    `update ${table} set position = $2, revision = $3, updated_at = clock_timestamp() where name = $1`,
    [name, to.position, to.revision],
  );
}

/** Position of a projection as it is committed, by whichever instance; undefined when it never ran. */
export async function selectPosition(
  manager: EntityManager,
  table: string,
  name: string,
): Promise<number | undefined> {
  const rows = await manager.query<{ position: string }[]>(`select position from ${table} where name = $1`, [
    name,
  ]);
  return rows.map((row) => Number(row.position))[0];
}
