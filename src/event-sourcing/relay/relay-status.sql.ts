import type { ResolvedOptions } from '../options.js';
import type { Statements } from '../postgres/database.js';

export interface LogBehind {
  /** Position of the last event; 0 when the log is empty. */
  head: number;
  /** Age of the event after the position, in seconds; null when there is none. */
  age: number | null;
}

/** The part of the log after a position. */
export async function selectBehind(
  statements: Statements,
  options: ResolvedOptions,
  position: number,
): Promise<LogBehind> {
  const [behind] = await statements.query<LogBehind[]>(
    `select coalesce(max(global_position), 0)::float8 as head,
            (select greatest(extract(epoch from clock_timestamp() - "timestamp"), 0)::float8
               from ${options.qualified('events')} where global_position = $1::bigint + 1) as age
       from ${options.qualified('events')}`,
    [position],
  );
  return behind!;
}
