import type { GroupCommitOptions } from '../options.js';
import { ANY_VERSION, type AppendRow, type AppendVerdict } from './append.sql.js';

/** A call to `append`, waiting. */
export interface QueuedAppend {
  rows: readonly AppendRow[];
  /** Each row as JSON, less its opening brace: the number of its append is put before it when the batch is known. */
  json: readonly string[];
  bytes: number;
  resolve: (verdicts: AppendVerdict[]) => void;
  reject: (error: unknown) => void;
}

export function queuedAppend(
  rows: readonly AppendRow[],
  resolve: QueuedAppend['resolve'],
  reject: QueuedAppend['reject'],
): QueuedAppend {
  const json = rows.map((row) => JSON.stringify({ ...row, append: undefined, ownId: undefined }).slice(1));
  const bytes = json.reduce((sum, text) => sum + text.length, 0);
  return { rows, json, bytes, resolve, reject };
}

/** Rows that travel by themselves. */
export function singleBatch(rows: readonly AppendRow[]): AppendBatch {
  const batch = new AppendBatch({ maxBatch: 1, maxBatchBytes: Infinity });
  const nobody = () => undefined;
  batch.take(queuedAppend(rows, nobody, nobody));
  return batch;
}

/**
 * Appends that travel in one call. They do not see each other there: two of them may share a stream only when both take
 * any version, and none an event id with another.
 */
export class AppendBatch {
  bytes = 0;
  private readonly appends: QueuedAppend[] = [];
  private readonly versioned = new Set<string>();
  private readonly open = new Set<string>();
  private readonly eventIds = new Set<string>();

  constructor(private readonly limits: Pick<GroupCommitOptions, 'maxBatch' | 'maxBatchBytes'>) {}

  get size(): number {
    return this.appends.length;
  }

  /** Takes the append, if it may travel with those that are in. */
  take(append: QueuedAppend): boolean {
    if (!this.hasRoomFor(append) || append.rows.some((row) => this.clashes(row))) return false;
    for (const { stream_id, expected, event_id } of append.rows) {
      (expected === ANY_VERSION ? this.open : this.versioned).add(stream_id);
      this.eventIds.add(event_id);
    }
    this.appends.push(append);
    this.bytes += append.bytes;
    return true;
  }

  /** What `append_events` takes: all rows, the appends numbered one after the other. */
  toJson(): string {
    const parts: string[] = [];
    let next = 0;
    for (const { rows, json } of this.appends) {
      rows.forEach((row, index) => parts.push(`{"append":${next + row.append},${json[index]}`));
      next += rows.at(-1)!.append + 1;
    }
    return `[${parts.join(',')}]`;
  }

  /** Hands every append its verdicts; they come in the order of the rows. */
  resolve(verdicts: readonly AppendVerdict[]): void {
    let next = 0;
    for (const { rows, resolve } of this.appends) resolve(verdicts.slice(next, (next += rows.length)));
  }

  reject(error: unknown): void {
    for (const append of this.appends) append.reject(error);
  }

  /** Each append as a batch of its own. */
  split(): AppendBatch[] {
    return this.appends.map((append) => {
      const single = new AppendBatch(this.limits);
      single.take(append);
      return single;
    });
  }

  /**
   * Verdicts of a repeated try. A duplicate whose id was made here can only be the work of a try before, whose answer
   * was lost: it is `appended`. (An id that the caller gave may also be an older repeat, and stays `duplicate`.)
   */
  creditOwn(verdicts: readonly AppendVerdict[]): AppendVerdict[] {
    const rows = this.appends.flatMap((append) => append.rows);
    return verdicts.map((verdict, index) =>
      verdict.verdict === 'duplicate' && rows[index]!.ownId ? { ...verdict, verdict: 'appended' } : verdict,
    );
  }

  private hasRoomFor({ bytes }: QueuedAppend): boolean {
    const { maxBatch, maxBatchBytes } = this.limits;
    return this.size === 0 || (this.size < maxBatch && this.bytes + bytes <= maxBatchBytes);
  }

  private clashes({ stream_id, expected, event_id }: AppendRow): boolean {
    const onStream = this.versioned.has(stream_id) || (expected !== ANY_VERSION && this.open.has(stream_id));
    return onStream || this.eventIds.has(event_id);
  }
}
