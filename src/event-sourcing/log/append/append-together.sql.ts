import { sqlStateOf } from '../../postgres/sql-state.js';
import type { PreparedQueries } from '../../postgres/prepared-queries.js';
import type { AppendBatch } from './append-batch.js';
import { translateAppendFailure } from './append-failure.js';
import type { AppendLimits } from './append.sql.js';
import type { AppendVerdict } from './append-row.js';

const UNIQUE_VIOLATION = '23505';

/**
 * Appends the whole batch in a transaction of its own, without a check for conflicts first.
 *
 * @returns undefined, with nothing appended, after a conflict, a duplicate or a repeated call
 */
export async function appendTogether(
  queries: PreparedQueries,
  functions: { appendOne: string; appendTogether: string; guardPersonal: string },
  batch: AppendBatch,
  { lockTimeoutMs, latest }: AppendLimits,
): Promise<AppendVerdict[] | undefined> {
  const [appendFunction, parameters] =
    batch.rows.length === 1
      ? [`${functions.appendOne}($3, $4, $5, $6, $7, $8, $9)`, batch.toSingle()]
      : [`${functions.appendTogether}($3, $4, $5, $6, $7, $8, $9, $10)`, batch.toColumns()];
  // The fence is looked at under the lock of the log, which the append has taken. Without personal data there is none.
  const { personal } = batch;
  const [subjects, keyIds] = [parameters.length + 3, parameters.length + 4];
  const fence = personal && `, ${functions.guardPersonal}($${subjects}, $${keyIds}) as fence`;
  try {
    // The settings end with the transaction, which is this one statement. Columns are evaluated from left to right.
    const [row] = await queries.query<{ places: string[] }>(
      `select set_config('lock_timeout', $1, true), set_config('eventfold.latest_time', $2, true),
              ${appendFunction} as places${fence ?? ''}`,
      [`${lockTimeoutMs}ms`, String(latest), ...parameters, ...(personal ?? [])],
    );
    return toVerdicts(batch, row!.places.map(Number));
  } catch (error) {
    if (sqlStateOf(error) === UNIQUE_VIOLATION) return undefined;
    throw translateAppendFailure(error);
  }
}

/** The migration that creates `append_together` describes the form of `places`. */
function toVerdicts(batch: AppendBatch, [head, recordedAt, ...versions]: number[]): AppendVerdict[] {
  const timestamp = new Date(recordedAt!);
  return batch.rows.map(({ stream_id, event_id }, index) => ({
    verdict: 'appended',
    stream_id,
    event_id,
    stream_version: versions[index] ?? batch.expected[index]! + batch.nth[index]!,
    position: head! + 1 + index,
    timestamp,
  }));
}
