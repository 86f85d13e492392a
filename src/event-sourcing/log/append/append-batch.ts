import type { GroupCommitOptions } from '../../options/event-sourcing-options.js';
import { AppendLockTimeoutError } from './append-errors.js';
import type { AppendTicket } from './append-ticket.js';
import { ANY_VERSION, type AppendRow, type AppendVerdict } from './append-row.js';
import {
  isStoredAsExpected,
  type KeyToTake,
  lacksBasis,
  lookedFor,
  type QueuedAppend,
  queuedAppend,
  refuseWithoutBasis,
} from './queued-append.js';

/** A batch of one append. */
export function singleBatch(rows: readonly AppendRow[], key: KeyToTake | undefined): AppendBatch {
  const batch = new AppendBatch({ maxBatch: 1, maxBatchBytes: Infinity });
  batch.take(queuedAppend(rows, key));
  return batch;
}

/** The part of a batch that belongs to one stream. */
interface StreamShare {
  events: number;
  /** The version that the first append expects. */
  expected: number;
  anyVersion: boolean;
}

/**
 * Appends that are sent in one call. Two of them may share a stream when both accept any version, or when the later one
 * follows the earlier one: it expects the version that the earlier one leaves. No two share an event id or an
 * idempotency key.
 */
export class AppendBatch {
  bytes = 0;
  readonly rows: AppendRow[] = [];
  /** For each row, its number among the rows of the same stream in the batch, from 1. */
  readonly nth: number[] = [];
  /** For each row, the version that the first append of its stream in the batch expects. */
  readonly expected: number[] = [];
  /** The error with which the answer to the first try was lost. That try may have been stored. */
  lostAnswer: unknown;
  /** For each row, the number of its append in the batch. */
  private readonly append: number[] = [];
  private readonly data: string[] = [];
  private readonly metadata: string[] = [];
  private readonly keys: object[] = [];
  private readonly appends: QueuedAppend[] = [];
  private readonly streams = new Map<string, StreamShare>();
  private readonly taken = new Set<string>();
  private readonly tickets = new Set<AppendTicket>();
  /** Appends that follow another append of the batch. */
  private readonly followers = new Set<QueuedAppend>();
  private nextAppend = 0;
  private subjects: Set<string> | undefined;
  private readonly keyIds = new Set<string>();

  /** @param mayFollow whether an append may follow another one of the batch; false when each is checked by itself */
  constructor(
    private readonly limits: Pick<GroupCommitOptions, 'maxBatch' | 'maxBatchBytes'>,
    private readonly mayFollow = false,
  ) {}

  get size(): number {
    return this.appends.length;
  }

  /** Whether an earlier try may have been stored. */
  get isInDoubt(): boolean {
    return this.lostAnswer !== undefined;
  }

  /** Adds the append when it may be sent together with the others. @returns whether it was added */
  take(append: QueuedAppend): boolean {
    if (!this.hasRoomFor(append) || this.clashesWith(append)) return false;
    const first = this.nextAppend;
    if (this.follows(append)) this.followers.add(append);
    if (append.ticket !== undefined) this.tickets.add(append.ticket);
    for (const row of append.rows) this.add(row, first);
    this.data.push(...append.data);
    this.metadata.push(...append.metadata);
    this.nextAppend = first + append.rows.at(-1)!.append + 1;
    if (append.key !== undefined) this.addKey(append.key, first);
    this.appends.push(append);
    this.bytes += append.bytes;
    return true;
  }

  /** The subjects whose personal data the batch has, and the ids of their keys. Nearly every batch has none. */
  get personal(): readonly [subjects: string[], keyIds: string[]] | undefined {
    return this.subjects && [[...this.subjects], [...this.keyIds]];
  }

  /** Parameters of `append_one`, for a batch of a single row. */
  toSingle(): unknown[] {
    const { stream_id, expected, event_id, event_type } = this.rows[0]!;
    return [stream_id, expected, event_id, event_type, this.data[0], this.metadata[0], this.keysToJson()];
  }

  /** Parameters of `append_together`: the rows, column by column. */
  toColumns(): unknown[] {
    const { rows } = this;
    return [
      textArray(rows.map((row) => row.stream_id)),
      `{${this.expected.join()}}`,
      `{${this.nth.join()}}`,
      textArray(rows.map((row) => row.event_id)),
      textArray(rows.map((row) => row.event_type)),
      this.data.join('\n'),
      this.metadata.join('\n'),
      this.keysToJson(),
    ];
  }

  /** Parameters of `append_events`: the rows, one by one. */
  toRecords(): unknown[] {
    const records = this.rows.map(
      ({ stream_id, expected, event_id, event_type }, index) =>
        `${JSON.stringify({ append: this.append[index], stream_id, expected, event_id, event_type }).slice(0, -1)},` +
        `"event_data":${this.data[index]},"metadata":${this.metadata[index]}}`,
    );
    return [`[${records.join(',')}]`, this.keysToJson()];
  }

  /** Gives every append its verdicts, which come in the order of the rows. */
  resolve(verdicts: readonly AppendVerdict[]): void {
    let next = 0;
    for (const { rows, ticket, resolve } of this.appends) {
      const own = verdicts.slice(next, (next += rows.length));
      ticket?.settle(isStoredAsExpected(rows, own) ? 'stored' : 'failed');
      resolve(own);
    }
  }

  /** In doubt, no caller is told that nothing was appended because the lock of the log was not free. */
  reject(error: unknown): void {
    const told = this.isInDoubt && error instanceof AppendLockTimeoutError ? this.lostAnswer : error;
    for (const append of this.appends) {
      append.ticket?.settle('failed');
      append.reject(told);
    }
  }

  /** Whether one of its appends follows another. `append_events` checks each append as if the others were not there. */
  get hasFollowers(): boolean {
    return this.followers.size > 0;
  }

  /** Whether the batch has the append of that ticket. */
  has(ticket: AppendTicket): boolean {
    return this.tickets.has(ticket);
  }

  /** Refuses appends whose basis was not stored. @returns whether none is left */
  refuseWithoutBasis(): boolean {
    return this.appends.every(refuseWithoutBasis);
  }

  /** A batch that is only looked for in the log. */
  lookedFor(): AppendBatch {
    return this.batchOf(this.appends.map(lookedFor));
  }

  /** Whether one of its appends builds on an append that was not stored. */
  get lacksBasis(): boolean {
    return this.appends.some(lacksBasis);
  }

  /** Splits the batch into one batch for each append. */
  split(): AppendBatch[] {
    return this.appends.map((append) => this.batchOf([append]));
  }

  /** Divides the appends into those that follow none, and those that follow another and are sent later. */
  divide(): { first: AppendBatch; followers: readonly QueuedAppend[] } {
    const isFirst = (append: QueuedAppend) => !this.followers.has(append);
    return { first: this.batchOf(this.appends.filter(isFirst)), followers: [...this.followers] };
  }

  /** A batch of some of its appends, in their order. */
  batchOf(appends: readonly QueuedAppend[]): AppendBatch {
    const batch = new AppendBatch({ maxBatch: Infinity, maxBatchBytes: Infinity }, this.mayFollow);
    batch.lostAnswer = this.lostAnswer;
    for (const append of appends) if (!batch.take(append)) throw new Error('Two appends of one batch clash.');
    return batch;
  }

  /**
   * The verdicts of a repeated try. A duplicate whose id was made here was stored by an earlier try whose answer was
   * lost: it counts as `appended`. A duplicate with an id of the caller may also be an older repeat, and stays
   * `duplicate`.
   */
  creditOwn(verdicts: readonly AppendVerdict[]): AppendVerdict[] {
    return verdicts.map((verdict, index) =>
      verdict.verdict === 'duplicate' && this.rows[index]!.ownId
        ? { ...verdict, verdict: 'appended' }
        : verdict,
    );
  }

  private hasRoomFor({ bytes }: QueuedAppend): boolean {
    const { maxBatch, maxBatchBytes } = this.limits;
    return this.size === 0 || (this.size < maxBatch && this.bytes + bytes <= maxBatchBytes);
  }

  private clashesWith({ rows, key }: QueuedAppend): boolean {
    if (key !== undefined && this.taken.has(markOf(key))) return true;
    return rows.some((row) => {
      const share = this.streams.get(row.stream_id);
      const isApart = share !== undefined && !bothTakeAny(share, row) && !this.isNext(share, row);
      return isApart || this.taken.has(row.event_id);
    });
  }

  /** Whether the row may follow the batch's rows of its stream: it expects the version that they leave. */
  private isNext(share: StreamShare, { expected }: AppendRow): boolean {
    return this.mayFollow && share.expected >= 0 && expected === share.expected + share.events;
  }

  private follows({ rows }: QueuedAppend): boolean {
    return rows.some((row) => {
      const share = this.streams.get(row.stream_id);
      return share !== undefined && this.isNext(share, row);
    });
  }

  private add(row: AppendRow, first: number): void {
    const { expected } = row;
    const share = this.streams.get(row.stream_id) ?? { events: 0, expected, anyVersion: true };
    share.events++;
    share.anyVersion &&= row.expected === ANY_VERSION;
    this.streams.set(row.stream_id, share);
    this.taken.add(row.event_id);
    this.rows.push(row);
    this.nth.push(share.events);
    this.expected.push(share.expected);
    this.append.push(first + row.append);
    if (row.subjects === undefined || row.subjects.length === 0) return;
    this.subjects ??= new Set();
    for (const subject of row.subjects) this.subjects.add(subject);
    for (const keyId of row.key_ids ?? []) this.keyIds.add(keyId);
  }

  private keysToJson(): string | null {
    return this.keys.length === 0 ? null : JSON.stringify(this.keys);
  }

  private addKey(key: KeyToTake, first: number): void {
    this.taken.add(markOf(key));
    const { eventIds, ...rest } = key;
    this.keys.push({
      ...rest,
      event_ids: eventIds,
      first_append: first,
      last_append: this.nextAppend - 1,
    });
  }
}

const bothTakeAny = (share: StreamShare, { expected }: AppendRow) =>
  share.anyVersion && expected === ANY_VERSION;

/** Distinguishes keys from event ids, which are UUIDs. */
const markOf = ({ key }: KeyToTake) => `key ${key}`;

/** An array literal, made by hand: `pg` escapes each element twice, which is a tenth of the work on a large batch. */
function textArray(texts: readonly string[]): string {
  return `{"${texts.map(escaped).join('","')}"}`;
}

const escaped = (text: string) => (/["\\]/.test(text) ? text.replaceAll(/["\\]/g, '\\$&') : text);
