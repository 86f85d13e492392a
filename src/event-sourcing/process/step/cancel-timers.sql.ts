import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';

/** Cancels timers of processes. One that has just fired is in the log already, where its process passes it over. */
export async function cancelTimers(
  manager: Statements,
  options: ResolvedOptions,
  ids: readonly string[],
): Promise<void> {
  await manager.query(
    `update ${options.qualified('timers')} set state = 'cancelled', changed_at = clock_timestamp()
      where id = any($1::uuid[]) and state <> 'cancelled'`,
    [ids],
  );
}
