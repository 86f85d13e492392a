import type { AppendVerdict } from './append-row.js';
import type { AppendBatch } from './append-batch.js';
import { translateAppendFailure } from './append-failure.js';
import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';

/** The limits of an append. */
export interface AppendLimits {
  /** How long it may wait for the lock of the log, in ms. */
  lockTimeoutMs: number;
  /** The latest timestamp that its events may get, whatever the database's clock says, in ms since 1970. */
  latest: number;
}

/**
 * Sends a batch to `append_within`, which checks each append, and returns a verdict for each event, in order. The log
 * is locked for other appends from now to the end of the transaction.
 */
export async function appendEvents(
  manager: Statements,
  { appendWithin, guardPersonal }: { appendWithin: string; guardPersonal: string },
  batch: AppendBatch,
  { lockTimeoutMs, latest }: AppendLimits,
): Promise<AppendVerdict[]> {
  const { personal } = batch;
  // A repeat of an append that was stored before the erasure gets its answer.
  const ofAppended = (parameter: string) => `case verdict when 'appended' then ${parameter} end`;
  const fence =
    personal === undefined
      ? ''
      : `cross join lateral ${guardPersonal}(${ofAppended('$5::text[]')}, ${ofAppended('$6::uuid[]')}) as fence`;
  try {
    const rows: (AppendVerdict & { global_position: string | null })[] = await manager.query(
      `select verdict, stream_id, event_id, stream_version, global_position, "timestamp"
         from ${appendWithin}((select $1::integer from set_config('eventfold.latest_time', $2, true)), $3, $4) ${fence}`,
      [lockTimeoutMs, String(latest), ...batch.toRecords(), ...(personal ?? [])],
    );
    return rows.map(({ global_position, ...verdict }) => ({
      ...verdict,
      position: global_position === null ? null : Number(global_position),
    }));
  } catch (error) {
    throw translateAppendFailure(error);
  }
}

/** Takes the lock of an append, as the functions of the database do. */
export async function lockLog(
  manager: Statements,
  options: Pick<ResolvedOptions, 'qualified'>,
  lockTimeoutMs: number,
): Promise<void> {
  await manager.query(`select set_config('lock_timeout', $1, true)`, [`${lockTimeoutMs}ms`]);
  await manager.query(`lock table ${options.qualified('append_lock')} in share update exclusive mode`);
}
