import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';
import { fromStoredJson } from '../../postgres/stored-json.js';
import { checkpointsOf } from '../newest-checkpoints.sql.js';

/** What the living rows of a projection leave out of the events of a key, and how far they and the log are. */
export interface KeyState {
  /** All events up to here are folded, except those of parked keys; 0 when the projection never ran. */
  position: number;
  head: number;
  hasOwnSql: boolean;
  /** Where and why the key is parked. */
  parked: { position: number; error: string } | null;
  /** Positions of skipped events of the key. */
  skipped: number[];
}

export async function selectKeyState(
  statements: Statements,
  options: ResolvedOptions,
  name: string,
  key: string,
): Promise<KeyState> {
  const [row] = await statements.query<KeyState[]>(
    `select (select coalesce(min(position), 0)::float8 from ${checkpointsOf(options, '$1', `'live'`)}) as position,
            (select coalesce(max(global_position), 0)::float8 from ${options.logEnd}) as head,
            coalesce((select has_own_sql from ${options.qualified('projections')} where name = $1), false) as "hasOwnSql",
            (select json_build_object('position', position, 'error', error) from ${options.qualified('parked_keys')}
              where projection = $1 and build = 'live' and key = $2) as parked,
            array(select position::float8 from ${options.qualified('skipped_events')}
                   where projection = $1 and build = 'live' and key = $2 order by position) as skipped`,
    [name, key],
  );
  return { ...row!, parked: row!.parked && fromStoredJson(row!.parked) };
}
