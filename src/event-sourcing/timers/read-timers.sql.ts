import type { ResolvedOptions } from '../options.js';
import type { Statements } from '../postgres/database.js';
import { fromStoredJson } from '../postgres/stored-json.js';
import { KEPT_STATES, type KeptState, type Timer } from './timer.js';

/** The columns of a timer that has not fired. */
export const TIMER_COLUMNS = `
  id, state, due_at as "dueAt", stream_id as "streamId", event_type as type, event_data as data, metadata,
  process, key, name, created_at as "createdAt", failure, null::float8 as position`;

export const toTimer = (row: Timer): Timer => ({
  ...row,
  data: fromStoredJson(row.data),
  metadata: fromStoredJson(row.metadata),
});

/**
 * A timer by its id; undefined when there is none. One that has fired is read from the log: there an event with a
 * `dueAt` in its metadata is that of a timer.
 */
export async function selectTimer(
  manager: Statements,
  options: ResolvedOptions,
  id: string,
): Promise<Timer | undefined> {
  const [row] = await manager.query<Timer[]>(
    `select ${TIMER_COLUMNS} from ${options.qualified('timers')} where id = $1
      union all
     select event_id, 'fired', (metadata ->> 'dueAt')::timestamptz, stream_id, event_type, event_data, metadata,
            null, null, null, null, null, global_position::float8
       from ${options.qualified('events')} where event_id = $1 and metadata ->> 'dueAt' is not null`,
    [id],
  );
  return row && toTimer(row);
}

/** Which timers a page has. */
export interface TimerFilter {
  /** Default: every state but `fired`, which the log tells. */
  state?: KeptState | undefined;
  process?: string | undefined;
  key?: string | undefined;
  name?: string | undefined;
}

/** The last timer of the page before. */
export interface AfterTimer {
  dueAt: Date;
  id: string;
}

/** Where a page begins, and how many timers it has at most. */
export interface PlaceInTimers {
  after: AfterTimer | undefined;
  limit: number;
}

/** In order of being due. Each state is a range of the index, and the page merges them. */
export async function selectTimers(
  manager: Statements,
  options: ResolvedOptions,
  { state, process, key, name }: TimerFilter,
  { after, limit }: PlaceInTimers,
): Promise<Timer[]> {
  const states = state === undefined ? KEPT_STATES : [state];
  const parts = states.map(
    (each) =>
      `(select ${TIMER_COLUMNS} from ${options.qualified('timers')}
         where state = '${each}' and ($1::timestamptz is null or (due_at, id) > ($1, $2::uuid))
           and ($3::text is null or process = $3) and ($4::text is null or key = $4)
           and ($5::text is null or name = $5)
         order by due_at, id limit $6)`,
  );
  const rows = await manager.query<Timer[]>(
    `select * from (${parts.join(' union all ')}) t order by "dueAt", id limit $6`,
    [after?.dueAt ?? null, after?.id ?? null, process ?? null, key ?? null, name ?? null, limit],
  );
  return rows.map(toTimer);
}

/** The figures of all timers, for metrics and operators. */
export interface TimerFigures {
  /** How many wait, at most 100,000: they are counted one by one. */
  pending: number;
  failed: number;
  /** For how long the oldest one is due and has not fired, in seconds; 0 when none is. */
  overdueSeconds: number;
}

const COUNTED = 100_000;

export async function selectFigures(manager: Statements, options: ResolvedOptions): Promise<TimerFigures> {
  const table = options.qualified('timers');
  const count = (state: KeptState) =>
    `(select count(*)::float8 from (select from ${table} where state = '${state}' limit ${COUNTED}) t)`;
  const [figures] = await manager.query<TimerFigures[]>(
    `select ${count('pending')} as pending, ${count('failed')} as failed,
            coalesce((select greatest(extract(epoch from clock_timestamp() - due_at), 0)::float8
                        from ${table} where state = 'pending' order by due_at, id limit 1), 0) as "overdueSeconds"`,
  );
  return figures!;
}
