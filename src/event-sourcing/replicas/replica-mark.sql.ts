import type { ResolvedOptions } from '../options.js';
import type { Statements } from '../postgres/database.js';

/**
 * A number that grows with each event and with each turn. So a server whose mark is smaller lacks events or rows. It is
 * no position of the WAL: the WAL also grows without events, and some managed services do not show it.
 */
export async function selectMark(statements: Statements, options: ResolvedOptions): Promise<number> {
  const [row] = await statements.query<{ mark: number }[]>(
    `select (select coalesce(max(global_position), 0)::float8 from ${options.qualified('events')})
          + (select coalesce(sum(position), 0)::float8 from ${options.qualified('projection_checkpoints')}
              where build = 'live') as mark`,
  );
  return row!.mark;
}
