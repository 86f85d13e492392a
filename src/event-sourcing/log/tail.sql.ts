import type { Statements } from '../postgres/database.js';

/**
 * The position after which the last `count` events of the given types begin. It walks down the primary key; a rare type
 * is searched for through the whole log.
 */
export async function selectTailStart(
  manager: Statements,
  events: string,
  tail: { after: number; types: readonly string[]; count: number },
): Promise<number> {
  const [row] = await manager.query<{ first: number | null }[]>(
    `select min(last.global_position)::float8 as first
       from (select global_position from ${events}
              where global_position > $1 and ($2::text[] = '{}' or event_type = any ($2))
              order by global_position desc limit $3) last`,
    [tail.after, tail.types, tail.count],
  );
  return (row?.first ?? tail.after + 1) - 1;
}
