import type { ResolvedOptions } from '../options.js';
import type { Statements } from '../postgres/database.js';

/** Keys that another master key than this one wraps. */
export async function countOldKeys(
  statements: Statements,
  options: ResolvedOptions,
  master: number,
): Promise<number> {
  const [row] = await statements.query<{ count: number }[]>(
    `select count(*)::float8 as count from ${options.qualified('subject_keys')}
      where destroyed_at is null and master_number <> $1`,
    [master],
  );
  return row!.count;
}

/** Some of them, locked: none of them is destroyed before they are written. */
export const selectOldKeys = (
  manager: Statements,
  options: ResolvedOptions,
  master: number,
  limit: number,
): Promise<{ id: string; wrapped: Buffer; master: number }[]> =>
  manager.query(
    `select key_id::text as id, wrapped, master_number as master from ${options.qualified('subject_keys')}
      where destroyed_at is null and master_number <> $1 order by key_id limit $2 for update`,
    [master, limit],
  );

export const updateWrapped = (
  manager: Statements,
  options: ResolvedOptions,
  { ids, wrapped, master }: { ids: readonly string[]; wrapped: readonly string[]; master: number },
): Promise<unknown> =>
  manager.query(
    `update ${options.qualified('subject_keys')} s set wrapped = decode(w.wrapped, 'hex'), master_number = $3
       from unnest($1::uuid[], $2::text[]) as w (key_id, wrapped) where s.key_id = w.key_id`,
    [ids, wrapped, master],
  );

/**
 * Deletes master keys that the database keeps and that wrap nothing any more. The lock waits for processes that are
 * storing a key under one; the next such statement finds that it is gone, and stores nothing.
 */
export async function forgetKeptMasters(
  manager: Statements,
  options: ResolvedOptions,
  master: number,
): Promise<number[]> {
  const [keys, masters] = [options.qualified('subject_keys'), options.qualified('master_keys')];
  await manager.query(`lock table ${keys} in share row exclusive mode`);
  const rows = await manager.query<{ number: number }[]>(
    `with gone as (
       update ${masters} m set kept = null
        where kept is not null and number <> $1
          and not exists (select from ${keys} where master_number = m.number and destroyed_at is null)
       returning number)
     select number from gone order by number`,
    [master],
  );
  return rows.map(({ number }) => number);
}
