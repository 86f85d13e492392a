import type { Statements } from '../../postgres/database.js';
import type { ResolvedOptions } from '../../options.js';

/** The state of the log, as far as a waiting process needs it. */
export interface LogState {
  /** Position of the last event. */
  head: number;
  /** A hash that changes whenever an operator or another process changes a projection or its rebuild. */
  plans: string;
  /** The number of the last erasure of a person; 0 when there is none. */
  lastErasure: number;
  /** Whether an erasure has steps left. */
  isErasing: boolean;
}

/** Reads the state, and notifies the process itself, which proves that other notifications arrive as well. */
export async function selectLogState(
  statements: Statements,
  options: ResolvedOptions,
  [channel, proof]: readonly [channel: string, proof: string],
): Promise<LogState> {
  const [state] = await statements.query<LogState[]>(
    `select pg_notify($1, $2)::text as notified,
            (select coalesce(max(global_position), 0)::float8 from ${options.logEnd}) as head,
            (select md5(coalesce(string_agg(p::text || coalesce(r::text, ''), '' order by p.name), ''))
               from ${options.qualified('projections')} p
               left join ${options.qualified('projection_rebuilds')} r on r.projection = p.name) as plans,
            ${options.hasLog ? erasureNews(options) : '0 as "lastErasure", false as "isErasing"'}`,
    [channel, proof],
  );
  return state!;
}

/** What a process must know about erasures, in the columns of a row. */
export const erasureNews = (options: ResolvedOptions): string => `
  (select coalesce(max(number), 0)::float8 from ${options.qualified('erasures')}) as "lastErasure",
  exists (select from ${options.qualified('erasures')} where done_at is null) as "isErasing"`;
