import { DatabaseError } from 'pg';
import type { PreparedQueries } from '../prepared-queries.js';
import type { AppendBatch } from './append-batch.js';
import { translateAppendFailure } from './append-failure.js';
import type { AppendVerdict } from './append.sql.js';

/** Where a batch that went in as a whole stands. See the migration that creates `append_together`. */
interface Together {
  head: string;
  recorded_at: Date;
  versions: number[] | null;
}

const UNIQUE_VIOLATION = '23505';

/**
 * Appends all of a batch in a transaction of its own, without asking what is in the way.
 *
 * @returns undefined when something is: a conflict, a duplicate or a repeated call, and nothing was appended
 */
export async function appendTogether(
  queries: PreparedQueries,
  appendFunction: string,
  batch: AppendBatch,
): Promise<AppendVerdict[] | undefined> {
  try {
    const [together] = await queries.query<Together>(
      `select head, recorded_at, versions from ${appendFunction}($1, $2)`,
      batch.toParameters(),
    );
    return toVerdicts(batch, together!);
  } catch (error) {
    if (error instanceof DatabaseError && error.code === UNIQUE_VIOLATION) return undefined;
    throw translateAppendFailure(error);
  }
}

function toVerdicts(batch: AppendBatch, { head, recorded_at, versions }: Together): AppendVerdict[] {
  const first = Number(head) + 1;
  return batch.rows.map(({ stream_id, event_id, expected }, index) => ({
    verdict: 'appended',
    stream_id,
    event_id,
    stream_version: versions?.[index] ?? expected + batch.nth[index]!,
    position: first + index,
    timestamp: recorded_at,
  }));
}
