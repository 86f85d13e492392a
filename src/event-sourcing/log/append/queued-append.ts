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
  ticket?: AppendTicket | undefined;
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

export function queuedAppend<Settle extends Partial<Pick<QueuedAppend, 'resolve' | 'reject'>>>(
  rows: readonly AppendRow[],
  key: KeyToTake | undefined,
  settle: Settle,
): Omit<QueuedAppend, 'resolve' | 'reject'> & Settle {
  const data = rows.map(({ event_data, stored_data = event_data }) => JSON.stringify(stored_data));
  const metadata = rows.map((row) => JSON.stringify(row.metadata));
  const bytes = [...data, ...metadata].reduce((sum, text) => sum + text.length, 0);
  return { rows, key, data, metadata, bytes, since: performance.now(), ...settle };
}

/** Refuses an append whose basis was not stored. @returns whether it was refused */
export function refuseWithoutBasis({ ticket, reject }: QueuedAppend): boolean {
  if (ticket?.basis?.state !== 'failed') return false;
  ticket.settle('failed');
  reject(new BasisNotStored());
  return true;
}
