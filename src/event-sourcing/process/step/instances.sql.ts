import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';
import { fromStoredJson } from '../../postgres/stored-json.js';
import type { Decision } from '../declare/decide.js';
import type { Instance } from '../declare/instance-states.js';

interface InstanceRow {
  key: string;
  step: number;
  life: Instance['life'];
  state: object;
  waiting: Record<string, string>;
}

/** The processes of these keys, with the state that the event of their last step has: one read of an index for each. */
export async function selectInstances(
  manager: Statements,
  options: ResolvedOptions,
  process: string,
  keys: readonly string[],
): Promise<Map<string, Instance>> {
  const rows = await manager.query<InstanceRow[]>(
    `select i.key, i.step, i.state as life, e.event_data -> 'state' as state, e.event_data -> 'waiting' as waiting
       from ${options.qualified('process_instances')} i
       join ${options.qualified('events')} e on e.event_id = i.last_step
      where i.process = $1 and i.key = any($2::text[])`,
    [process, keys],
  );
  return new Map(
    rows.map(({ key, step, life, state, waiting }) => [
      key,
      { step, life, state: fromStoredJson(state), waiting: fromStoredJson(waiting) },
    ]),
  );
}

/** Notes the last steps of processes, of each key the last one. */
export async function upsertInstances(
  manager: Statements,
  options: ResolvedOptions,
  process: string,
  last: readonly Decision[],
): Promise<void> {
  await manager.query(
    `insert into ${options.qualified('process_instances')} as i (process, key, state, step, last_step)
     select $1, key, state, step, last_step
       from unnest($2::text[], $3::text[], $4::integer[], $5::uuid[]) as stepped(key, state, step, last_step)
     on conflict (process, key) do update
       set state = excluded.state, step = excluded.step, last_step = excluded.last_step,
           last_step_at = clock_timestamp()`,
    [
      process,
      last.map(({ key }) => key),
      last.map(({ instance }) => instance.life),
      last.map(({ instance }) => instance.step),
      last.map(({ stepped }) => stepped.eventId),
    ],
  );
}
