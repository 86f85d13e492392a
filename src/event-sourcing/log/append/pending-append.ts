import type { AppendResult, PendingAppend, StreamAppend } from './append.js';
import type { AppendRow } from './append-row.js';

/** The results of a call whose appends wait for the commit. */
export class PendingResults<Last extends AppendResult | AppendResult[]> {
  private prepared: Last | undefined;
  private results: Last | undefined;

  /** Keeps the results that the commit will publish. */
  prepare(results: Last): void {
    this.prepared = results;
  }

  /** Publishes the results after the commit. */
  commit(): void {
    this.results = this.prepared;
  }

  /** @param select returns this append's result from all results */
  pending(
    row: AppendRow,
    version: number | undefined,
    select: (results: Last) => AppendResult,
  ): PendingAppend {
    const result = () => this.results && select(this.results);
    return {
      verdict: 'pending',
      eventId: row.event_id,
      streamId: row.stream_id,
      version,
      get result() {
        return result();
      },
    };
  }
}

/** The version that the last event will have after the append; undefined when the append expects no exact version. */
export function versionAfter(appends: readonly StreamAppend[]): number | undefined {
  const last = appends.at(-1);
  if (last === undefined) return undefined;
  const events = appends
    .filter(({ streamId }) => streamId === last.streamId)
    .reduce((sum, append) => sum + append.events.length, 0);
  const { expectedVersion: expected } = appends.find(({ streamId }) => streamId === last.streamId)!;
  if (expected === 'no-stream') return events;
  return typeof expected === 'number' ? expected + events : undefined;
}
