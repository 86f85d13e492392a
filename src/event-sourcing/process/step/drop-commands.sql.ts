import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';

/** Drops the commands of these processes that are not carried out yet. @returns how many */
export async function dropCommands(
  manager: Statements,
  options: ResolvedOptions,
  process: string,
  keys: readonly string[],
): Promise<number> {
  const [, dropped] = await manager.query<[unknown[], number]>(
    `delete from ${options.qualified('process_commands')} where process = $1 and key = any($2::text[])`,
    [process, keys],
  );
  return dropped;
}
