import type { IdempotentCall } from '../../event/idempotent-call.js';
import { type AppendTicket, BasisNotStored } from './append-ticket.js';
import type { AppendRow, AppendVerdict } from './append-row.js';

/** The idempotency key that an append takes, and the events that answer a repeat. */
export type KeyToTake = Pick<IdempotentCall, 'key' | 'fingerprint' | 'kept'> & {
  eventIds: readonly string[];
};

/** A call to `append` that waits. */
export interface QueuedAppend {
  rows: readonly AppendRow[];
  key: KeyToTake | undefined;
  /** Present when another append may build on this one, or this one builds on another. */
  ticket: AppendTicket | undefined;
  /** The data of each row as JSON on one line; `metadata` likewise. */
  data: readonly string[];
  metadata: readonly string[];
  /** Characters of that JSON. */
  bytes: number;
  /** Time of the call, on the clock of `performance.now()`. */
  since: number;
  resolve: (verdicts: AppendVerdict[]) => void;
  reject: (error: unknown) => void;
}

const NOBODY: Pick<QueuedAppend, 'resolve' | 'reject'> = {
  resolve: () => undefined,
  reject: () => undefined,
};

/** The JSON is made here, at the call: a later change to an event does not reach the log. */
export function queuedAppend(
  rows: readonly AppendRow[],
  key: KeyToTake | undefined,
  { resolve, reject } = NOBODY,
  ticket?: AppendTicket,
): QueuedAppend {
  const data: string[] = [];
  const metadata: string[] = [];
  let bytes = 0;
  for (const row of rows) {
    const dataOfRow = JSON.stringify(row.stored_data ?? row.event_data);
    const metadataOfRow = JSON.stringify(row.metadata);
    data.push(dataOfRow);
    metadata.push(metadataOfRow);
    bytes += dataOfRow.length + metadataOfRow.length;
  }
  return { rows, key, ticket, data, metadata, bytes, since: performance.now(), resolve, reject };
}

/** Whether the append builds on one that was not stored. */
export const lacksBasis = ({ ticket }: QueuedAppend): boolean => ticket?.basis?.state === 'failed';

/** Refuses an append whose basis was not stored. @returns whether it was refused */
export function refuseWithoutBasis(append: QueuedAppend): boolean {
  if (!lacksBasis(append)) return false;
  const { ticket, reject } = append;
  ticket?.settle('failed');
  reject(new BasisNotStored());
  return true;
}

/** No stream has this version. PostgreSQL can add to it. */
const NO_VERSION = 2_000_000_000;

/**
 * The same append, for which the log only looks: an earlier try may have stored it. Its basis was not stored, so it
 * must not be appended, also where a stranger has brought the stream to the version that it expects.
 */
export function lookedFor(append: QueuedAppend): QueuedAppend {
  const { rows, ticket, resolve, reject } = append;
  return {
    ...append,
    rows: rows.map((row) => ({ ...row, expected: NO_VERSION })),
    ticket: undefined,
    resolve: (verdicts) => {
      ticket?.settle(isStoredAsExpected(rows, verdicts) ? 'stored' : 'failed');
      if (verdicts.some(({ verdict }) => verdict === 'conflict')) reject(new BasisNotStored());
      else resolve(verdicts);
    },
    reject: (error) => {
      ticket?.settle('failed');
      reject(error);
    },
  };
}

/**
 * Whether all events are in the log, the last one at the version on which a later append may build. An event id that
 * was taken long ago has its first version.
 */
export function isStoredAsExpected(rows: readonly AppendRow[], verdicts: readonly AppendVerdict[]): boolean {
  const { stream_id, expected } = rows.at(-1)!;
  const own = rows.filter((row) => row.stream_id === stream_id);
  const isLast = verdicts.at(-1)!.stream_version === expected + own.length;
  return (isLast || expected < 0) && verdicts.every(({ position }) => position !== null);
}
