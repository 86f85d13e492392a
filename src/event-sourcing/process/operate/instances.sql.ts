import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';
import type { InstanceState } from '../declare/instance-states.js';
import type { InstancePlace, ProcessInstance, ProcessState } from './process-instance.js';

/** A process manager that this process knows. */
export interface KnownProcess {
  name: string;
  /** Undefined when a process is never stuck by silence. */
  stuckAfterMs: number | undefined;
  /** How long a failing command is tried again, in ms. */
  retryMs: number;
}

export interface InstancesRange {
  name?: string | undefined;
  key?: string | undefined;
  state?: ProcessState | undefined;
  after?: InstancePlace | undefined;
  limit: number;
}

/** A command that is due waits at least so long in peace, in ms: its process may have died, and its lease is 5 s. */
const PATIENCE_MS = 10_000;

/**
 * Where stuck processes are looked for: each of the four reasons has an index. $1: the known process managers. A key
 * whose first event could not be handled has no row yet.
 */
const mayBeStuck = (options: ResolvedOptions) => `
  select process, key from ${options.qualified('process_commands')} where state = 'failed'
   union
  select w.process, w.key from ${options.qualified('process_commands')} w join known k on k.name = w.process
   where w.state = 'waiting' and w.next_attempt_at < clock_timestamp() - k.patience
   union
  select p.projection, p.key from ${options.qualified('parked_keys')} p join known k on k.name = p.projection
   where p.build = 'live'
   union
  select i.process, i.key from ${options.qualified('process_instances')} i join known k on k.name = i.process
   where i.state = 'running' and i.last_step_at < clock_timestamp() - k.silence`;

/** Processes in the order of their names and keys. */
export async function selectProcessInstances(
  manager: Statements,
  options: ResolvedOptions,
  known: readonly KnownProcess[],
  { name, key, state, after, limit }: InstancesRange,
): Promise<ProcessInstance[]> {
  const stuck = mayBeStuck(options);
  const table = options.qualified('process_instances');
  const candidates =
    state === 'running' || state === 'ended'
      ? `select process, key from ${table} where state = $6`
      : state === 'stuck'
        ? stuck
        : `select process, key from ${table} union ${stuck}`;
  return manager.query<ProcessInstance[]>(
    `with known as (
       select name, silence * interval '1 ms' as silence, patience * interval '1 ms' as patience
         from jsonb_to_recordset($1) as k(name text, silence float8, patience float8)
     ), candidates as (${candidates}
     ), found as (
       select c.process as name, c.key, i.state, coalesce(i.step, 0) as step, i.started_at, i.last_step_at,
              (select count(*)::integer from ${options.qualified('process_commands')} w
                where w.process = c.process and w.key = c.key) as commands,
              (select min(t.due_at) from ${options.qualified('timers')} t
                where t.process = c.process and t.key = c.key and t.state = 'pending') as next_timer,
              coalesce(
                (select format('The command "%s" has failed: %s', f.command, f.error)
                   from ${options.qualified('process_commands')} f
                  where f.process = c.process and f.key = c.key and f.state = 'failed' limit 1),
                (select format('Its key is parked at position %s (%s): %s', p.position, p.event_type, p.error)
                   from ${options.qualified('parked_keys')} p
                  where p.projection = c.process and p.key = c.key and p.build = 'live'),
                (select format('The command "%s" is due since %s, and not carried out: ' ||
                               'its handler hangs, or no process has its code', w.command,
                               to_char(w.next_attempt_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
                   from (select * from ${options.qualified('process_commands')} q
                          where q.process = c.process and q.key = c.key order by q.step, q.number limit 1) w
                  where w.state = 'waiting' and w.next_attempt_at < clock_timestamp() - k.patience),
                case when i.state = 'running' and k.silence is not null
                      and i.last_step_at < clock_timestamp() - k.silence
                      and not exists (select from ${options.qualified('timers')} t where t.process = c.process
                                         and t.key = c.key and t.state = 'pending' and t.due_at > clock_timestamp())
                     then 'It had no step for longer than declared' end) as reason
         from candidates c
         left join ${table} i on i.process = c.process and i.key = c.key
         left join known k on k.name = c.process
        where ($2::text is null or c.process = $2) and ($3::text is null or c.key = $3)
          and ($4::text is null or (c.process, c.key) > ($4, $5::text))
     )
     select name, key, case when reason is null then state else 'stuck' end as state, reason, step,
            started_at as "startedAt", last_step_at as "lastStepAt", commands, next_timer as "nextTimerAt"
       from found
      where $6::text is null or case when reason is null then state else 'stuck' end = $6
      order by name, key limit $7`,
    [
      JSON.stringify(
        known.map((each) => ({
          name: each.name,
          silence: each.stuckAfterMs,
          patience: Math.max(each.retryMs, PATIENCE_MS),
        })),
      ),
      name ?? null,
      key ?? null,
      after?.name ?? null,
      after?.key ?? null,
      state ?? null,
      limit,
    ],
  );
}

/**
 * Lets failed commands be tried again, from the first try on, and forgets the refusals that are stored under their
 * idempotency keys: they would be the answers of the next tries. @returns how many
 */
export async function updateFailedCommands(
  manager: Statements,
  options: ResolvedOptions,
  { name, key }: InstancePlace,
): Promise<number> {
  await manager.query(
    `delete from ${options.qualified('idempotency_keys')} where event_ids is null and key in (
       select 'process:' || id from ${options.qualified('process_commands')}
        where process = $1 and key = $2 and state = 'failed')`,
    [name, key],
  );
  const [, retried] = await manager.query<[unknown[], number]>(
    `update ${options.qualified('process_commands')}
        set state = 'waiting', attempts = 0, failing_since = null, next_attempt_at = clock_timestamp()
      where process = $1 and key = $2 and state = 'failed'`,
    [name, key],
  );
  return retried;
}

/** The life of a process; undefined when it had no step yet. */
export async function selectLife(
  manager: Statements,
  options: ResolvedOptions,
  { name, key }: InstancePlace,
): Promise<InstanceState | undefined> {
  const [row] = await manager.query<{ state: InstanceState }[]>(
    `select state from ${options.qualified('process_instances')} where process = $1 and key = $2`,
    [name, key],
  );
  return row?.state;
}
