import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';
import { AS_LONG_AS_IT_TAKES } from '../../postgres/time-limits.js';
import type { Share } from '../declare/share.js';
import { newest } from '../newest-checkpoints.sql.js';

/** What a lease is about: the next event of a share, or the first waiting event of one of its parked keys. */
export interface LeasedPlace {
  share: Share;
  key?: string | undefined;
}

/** The row of the place, by $1 to $3. */
const rowOf = (options: ResolvedOptions, { share: { folding, build, partition }, key }: LeasedPlace) =>
  key === undefined
    ? {
        table: options.qualified('projection_checkpoints'),
        where: 'projection = $1 and build = $2 and partition = $3',
        values: [folding.name, build, partition],
      }
    : {
        table: options.qualified('parked_keys'),
        where: 'projection = $1 and build = $2 and key = $3',
        values: [folding.name, build, key],
      };

/**
 * Takes the lease, or extends it. The caller's transaction has locked the checkpoint.
 *
 * @returns false when another one holds
 */
export async function takeLease(
  manager: Statements,
  options: ResolvedOptions,
  place: LeasedPlace,
  token: string,
): Promise<boolean> {
  const { table, where, values } = rowOf(options, place);
  const row = place.key === undefined ? `ctid = (select ctid ${newest(options, '$1', '$2', '$3')})` : where;
  const [, taken] = await manager.query<[object[], number]>(
    `update ${table} set lease_token = $4, lease_until = clock_timestamp() + $5 * interval '1 ms'
      where ${row} and (lease_token = $4 or lease_until <= clock_timestamp() or lease_until is null)`,
    [...values, token, place.share.folding.leaseMs],
  );
  return taken > 0;
}

/** Makes a lease longer. @returns false when it is another one's now */
export async function extendLease(
  statements: Statements,
  options: ResolvedOptions,
  place: LeasedPlace,
  token: string,
): Promise<boolean> {
  const { table, where, values } = rowOf(options, place);
  const [, extended] = await statements.query<[object[], number]>(
    `update ${table} set lease_until = clock_timestamp() + $5 * interval '1 ms'
      where ${where} and lease_token = $4`,
    [...values, token, place.share.folding.leaseMs],
  );
  return extended > 0;
}

/** Frees a lease, if it is still the caller's. */
export async function freeLease(
  statements: Statements,
  options: ResolvedOptions,
  place: LeasedPlace,
  token: string,
): Promise<void> {
  const { table, where, values } = rowOf(options, place);
  await statements.query(
    `update ${table} set lease_token = null, lease_until = null where ${where} and lease_token = $4`,
    [...values, token],
  );
}

/**
 * Locks the checkpoint, so that no turn adds waiting events meanwhile, and the row of the lease. While they are locked
 * the lease stays the caller's, also when its time is over. The commit waits for the disk, unlike that of a turn: what
 * was done outside should not be done again after a crash of the server.
 *
 * @returns false when the lease is another one's now
 */
export async function lockLease(
  manager: Statements,
  options: ResolvedOptions,
  place: LeasedPlace,
  token: string,
): Promise<boolean> {
  const { folding, build, partition } = place.share;
  const locked = await manager.query<{ token: string | null }[]>(
    `select lease_token as token, ${AS_LONG_AS_IT_TAKES} ${newest(options, '$1', '$2', '$3')} for update`,
    [folding.name, build, partition],
  );
  if (place.key === undefined) return locked[0]?.token === token;
  return locked.length > 0 && holdsLease(manager, options, place, token);
}

/** Whether the caller's lease is the last one. Locks its row. */
export async function holdsLease(
  manager: Statements,
  options: ResolvedOptions,
  place: LeasedPlace,
  token: string,
): Promise<boolean> {
  const { table, where, values } = rowOf(options, place);
  const found = await manager.query<object[]>(
    `select from ${table} where ${where} and lease_token = $4 for update`,
    [...values, token],
  );
  return found.length > 0;
}
