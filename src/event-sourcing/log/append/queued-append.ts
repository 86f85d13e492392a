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

/** Refuses an append whose basis was not stored. @returns whether it was refused */
export function refuseWithoutBasis({ ticket, reject }: QueuedAppend): boolean {
  if (ticket?.basis?.state !== 'failed') return false;
  ticket.settle('failed');
  reject(new BasisNotStored());
  return true;
}
