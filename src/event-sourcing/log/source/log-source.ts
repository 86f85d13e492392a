import type { StoredEvent } from '../../event/domain-event.js';
import type { Database, Statements } from '../../postgres/database.js';
import type { ResolvedOptions } from '../../options.js';
import type { LogSignal } from '../arrival/log-signal.js';
import { WINDOW_PAGE } from '../page-sizes.js';
import type { LogWindow, WindowPart } from '../read.sql.js';

export type SourceWindow = LogWindow & { maxCount: number };

/**
 * Where the events come from that projections fold: the table `events`, or a stream that has the same events at the
 * same positions. Rows and checkpoints are in the database of the data source either way.
 *
 * Positions have no gaps. A source never leaves one out: when it cannot tell all events of a window, it throws.
 */
export interface LogSource {
  /**
   * The first events of a window, in order: at most `maxCount`, and fewer when they are large.
   *
   * @param statements the transaction of the caller, or another connection to its database
   * @param reader the name of the caller, which reads one window after the other
   * @throws errors with the kind `unavailable` while the events cannot be read
   */
  window(statements: Statements, window: SourceWindow, reader: string): Promise<WindowPart>;

  /** The first events at these positions, which are in order: all events, unless they are large. */
  eventsAt(statements: Statements, positions: readonly number[]): Promise<WindowPart>;

  /**
   * The position of the last event; 0 when there is none.
   *
   * @throws errors with the kind `unavailable` while it is not known
   */
  end(statements: Statements): Promise<number>;

  /** Why events do not arrive; undefined while they do. */
  readonly failure: Error | undefined;

  /** Begins to raise the signal when events arrive. Can be called again. */
  start(): void;

  /** Ends that, and all reads that are under way. Can be called again. */
  stop(): Promise<void>;
}

/** The events at any number of positions, in order, part by part. */
export async function* eventsInParts(
  source: LogSource,
  statements: Statements,
  positions: Iterable<number>,
): AsyncGenerator<StoredEvent[]> {
  let left = [...positions].toSorted((a, b) => a - b);
  while (left.length > 0) {
    const { events, upTo } = await source.eventsAt(statements, left.slice(0, WINDOW_PAGE));
    yield events;
    left = left.filter((position) => position > upTo);
  }
}

/** The parts of an event store that a source works with. */
export interface SourceParts {
  database: Database;
  signal: LogSignal;
  options: ResolvedOptions;
}

/** Makes the source of a process whose database has no log. */
export type OpenSource = (parts: SourceParts) => LogSource;

/** The token of the `LogSource` of an event store. */
export const LOG_SOURCE = Symbol('log source');
