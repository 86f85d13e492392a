import type { ResolvedOptions } from '../options.js';
import type { Statements } from '../postgres/database.js';

/** A master key that has been in use. */
export interface MasterKeyRow {
  number: number;
  check: Buffer;
  /** The key itself, where the database keeps it. */
  kept: Buffer | null;
  /** Whether keys of persons are wrapped with it. */
  isUsed: boolean;
}

type Tables = Pick<ResolvedOptions, 'qualified'>;

export const selectMasterKeys = (statements: Statements, options: Tables): Promise<MasterKeyRow[]> =>
  statements.query(
    `select number, check_value as check, kept,
            exists (select from ${options.qualified('subject_keys')} s
                     where s.master_number = m.number and s.destroyed_at is null) as "isUsed"
       from ${options.qualified('master_keys')} m order by number`,
  );

/** Stores a master key, unless another process has stored one of that number. */
export const insertMasterKey = (
  statements: Statements,
  options: Tables,
  { number, check, kept }: Omit<MasterKeyRow, 'isUsed'>,
): Promise<unknown> =>
  statements.query(
    `insert into ${options.qualified('master_keys')} (number, check_value, kept) values ($1, $2, $3)
     on conflict do nothing`,
    [number, check, kept],
  );
