/** What `RowHistory` answers. Rows are by column, as PostgreSQL stores them; `bigint` and `numeric` are texts. */
import type { StoredEvent } from '../../event/domain-event.js';
import type { RowImage } from './row-image.js';

/** Rows of one table of a projection. */
export interface RowsOfTable {
  /** With its schema, quoted. */
  table: string;
  rows: RowImage[];
  /** Whether there may be more rows. */
  isCut: boolean;
}

/** The living rows of a key. */
export interface RowsOfKey {
  projection: string;
  key: string;
  /** All events up to here are folded, except those of parked keys. */
  position: number;
  /** The position from which on the key is parked. */
  parkedAt: number | null;
  tables: RowsOfTable[];
}

/** Which part of a history is asked for. */
export interface RowHistoryOptions {
  /** `nextCursor` of the page before, as a number: a position, exclusive. Default: 0. */
  after?: number | undefined;
  /** The history ends at this position. Default: the end of the log. */
  upTo?: number | undefined;
  /** The most events of a page: 1 to 1,000. Default: 50. */
  limit?: number | undefined;
}

/** The change of one row by one event. */
export interface RowChange {
  table: string;
  /** The primary key. */
  key: RowImage;
  /** null when there was no row. */
  before: RowImage | null;
  /** null when there is no row any more. */
  after: RowImage | null;
  /** The columns that differ. */
  fields: string[];
}

/** An event of a key, and its changes of the rows. */
export interface HistoryItem {
  event: StoredEvent;
  changes: RowChange[];
  /** Whether an operator has skipped the event. It changes nothing then. */
  skipped: boolean;
  /** Why the event is not folded: the key is parked at it or at an earlier one. */
  failure: string | null;
}

export interface RowHistoryPage {
  items: HistoryItem[];
  /** The `after` of the next page; null when the history is at its end. */
  nextCursor: string | null;
  /** The log was looked through up to `to`; its last position is `head`. */
  scanned: { to: number; head: number };
  /** Why the events of the key alone do not tell its rows. From the named position on there are no changes. */
  dependsOnOtherRows: string | null;
  /** The rows after the last event of the page. */
  tables: RowsOfTable[];
}

/** The rows of one projection that an event touches. */
export interface TouchedRowsOfEvent {
  projection: string;
  key: string;
  tables: { table: string; key: RowImage }[];
}
