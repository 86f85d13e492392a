import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';
import { isAlive } from '../../projection/run/sign-of-life.sql.js';
import type { RunningErasure } from './erasure.js';

/** A process that has not told anything this long after the request is of a version that does not, in seconds. */
const TELLS_WITHIN_S = 20;

/** Processes that live, by whether they have dropped what they kept of the subject. */
export async function selectUnaware(
  manager: Statements,
  options: ResolvedOptions,
  { number, requestedAt }: Pick<RunningErasure, 'number' | 'requestedAt'>,
): Promise<{ aware: number; unaware: number; older: number }> {
  const tellsNothing = `erasures_seen is null and greatest(started_at, $2) < clock_timestamp() - make_interval(secs => $3)`;
  const [row] = await manager.query<{ aware: number; unaware: number; older: number }[]>(
    `select count(*) filter (where erasures_seen >= $1)::integer as aware,
            count(*) filter (where ${tellsNothing})::integer as older,
            count(*) filter (where not (${tellsNothing}) and coalesce(erasures_seen, 0) < $1)::integer as unaware
       from ${options.qualified('processes')} p where ${isAlive('p')}`,
    [number, requestedAt, TELLS_WITHIN_S],
  );
  return row!;
}

/** Tells that a process keeps nothing of the subjects of erasures up to this number. @returns whether it was told */
export async function updateSeen(
  statements: Statements,
  options: ResolvedOptions,
  process: string,
  last: number,
): Promise<boolean> {
  const [, changed] = await statements.query<[unknown, number]>(
    `update ${options.qualified('processes')} set erasures_seen = $2 where id = $1`,
    [process, last],
  );
  return changed > 0;
}
