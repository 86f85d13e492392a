import type { ResolvedOptions } from '../options.js';
import type { Statements } from '../postgres/database.js';

/** Whether a seal of the log is done. The migration notes one for a log that is empty then. */
export async function selectIsSealed(statements: Statements, options: ResolvedOptions): Promise<boolean> {
  const [row] = await statements.query<{ sealed: boolean }[]>(
    `select exists (select from ${options.qualified('log_seals')} where done_at is not null) as sealed`,
  );
  return row!.sealed;
}
