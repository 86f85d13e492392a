import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';
import type { KeyTables } from '../key-tables.js';
import type { ErasedSubject } from './erasure-step.js';

/** An erasure beside the log, as far as another database must know it. */
export interface ErasureElsewhere extends ErasedSubject {
  number: number;
  /** Whether the subject was allowed again: rows may have new data of it by now. */
  isLifted: boolean;
  /** Whether no process has a key of the subject in memory any more. */
  isDue: boolean;
}

/** Erasures that one statement reads. */
const AT_ONCE = 100;

/**
 * Erasures after `number`, in order. They are requested under the lock of the log, so a later one has a greater number.
 *
 * @param keptMs how long after the destruction a process may have a key in memory
 */
export const selectErasuresAfter = (
  tables: KeyTables,
  number: number,
  keptMs: number,
): Promise<ErasureElsewhere[]> =>
  tables.statements.query(
    `select number::float8 as number, id, subject, position::float8 as position, streams,
            coalesce(done_at, requested_at) + $2 * interval '1 ms' as "requestedAt",
            lifted_at is not null as "isLifted",
            coalesce(done_at + $2 * interval '1 ms' < clock_timestamp(), false) as "isDue"
       from ${tables.qualified('erasures')} where number > $1 order by number limit ${AT_ONCE}`,
    [number, keptMs],
  );

/** The number of the last erasure that was applied to this database; 0 when none was. */
export async function selectLastApplied(statements: Statements, options: ResolvedOptions): Promise<number> {
  const [row] = await statements.query<{ number: number }[]>(
    `select coalesce(max(number), 0)::float8 as number from ${options.qualified('applied_erasures')}`,
  );
  return row!.number;
}

/** Keeps other processes on this database from applying erasures until the transaction ends. */
export const lockApplied = (manager: Statements, options: ResolvedOptions): Promise<unknown> =>
  manager.query(`lock table ${options.qualified('applied_erasures')} in share row exclusive mode`);

export async function insertApplied(
  manager: Statements,
  options: ResolvedOptions,
  { number, id }: Pick<ErasureElsewhere, 'number' | 'id'>,
  found: number,
): Promise<void> {
  await manager.query(
    `insert into ${options.qualified('applied_erasures')} (number, erasure_id, found) values ($1, $2, $3)`,
    [number, id, found],
  );
}
