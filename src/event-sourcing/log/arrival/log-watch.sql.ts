import type { Statements } from '../../postgres/database.js';
import type { ResolvedOptions } from '../../options.js';

/** The state of the log, as far as a waiting process needs it. */
export interface LogState {
  /** Position of the last event. */
  head: number;
  /** A hash that changes whenever an operator or another process changes a projection or its rebuild. */
  plans: string;
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
               left join ${options.qualified('projection_rebuilds')} r on r.projection = p.name) as plans`,
    [channel, proof],
  );
  return state!;
}
