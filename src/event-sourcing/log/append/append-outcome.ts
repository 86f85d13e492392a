import { ConcurrencyError, PartialDuplicateError } from './append-errors.js';
import { InvalidAppendError } from '../../event/event-errors.js';
import type { AppendResult, StreamAppend } from './append.js';
import type { AppendVerdict } from './append-row.js';

/** The result of one append, from the verdicts on its events. */
export function outcomeOf(
  verdicts: readonly AppendVerdict[],
  appends: readonly StreamAppend[],
): AppendResult {
  const last = verdicts.at(-1);
  if (last === undefined) throw new InvalidAppendError('No streams were given.');
  if (last.verdict === 'conflict') throw firstConflict(verdicts, appends);
  const absent = verdicts.filter((verdict) => verdict.position === null);
  if (absent.length > 0) {
    throw new PartialDuplicateError(verdicts.filter((v) => v.position !== null).map((v) => v.event_id));
  }
  return toResult(last);
}

function firstConflict(
  verdicts: readonly AppendVerdict[],
  appends: readonly StreamAppend[],
): ConcurrencyError {
  for (const { streamId, expectedVersion } of appends) {
    const actual = verdicts.find((verdict) => verdict.stream_id === streamId)!.stream_version;
    const expected = expectedVersion === 'no-stream' ? 0 : expectedVersion;
    const met = expected === 'any' || (expected === 'stream-exists' ? actual > 0 : actual === expected);
    if (!met) return new ConcurrencyError(streamId, expected, actual);
  }
  throw new Error('append_events saw a conflict in an append that has none');
}

export function toResult(verdict: AppendVerdict): AppendResult {
  return {
    verdict: verdict.verdict === 'duplicate' ? 'duplicate' : 'appended',
    eventId: verdict.event_id,
    streamId: verdict.stream_id,
    version: verdict.stream_version,
    position: verdict.position!,
    timestamp: verdict.timestamp!,
  };
}
