import type { StoredEvent } from '../../event/domain-event.js';
import type { Statements } from '../../postgres/database.js';
import { WINDOW_BYTES } from '../page-sizes.js';
import { selectEventsAt, selectHead, selectWindowPart, type WindowPart } from '../read.sql.js';
import type { LogSource, SourceWindow } from './log-source.js';

/** The log in the database of the projections. `LogListener` and `LogWatch` tell when events arrive. */
export class EventTable implements LogSource {
  /** Whoever cannot read the table cannot report either. */
  readonly failure = undefined;

  /** @param table its name, quoted for SQL */
  constructor(private readonly table: string) {}

  window(statements: Statements, window: SourceWindow): Promise<WindowPart> {
    return selectWindowPart(statements, this.table, window, WINDOW_BYTES);
  }

  eventsAt(statements: Statements, positions: readonly number[]): Promise<StoredEvent[]> {
    return selectEventsAt(statements, this.table, positions);
  }

  end(statements: Statements): Promise<number> {
    return selectHead(statements, this.table);
  }

  start(): void {}

  async stop(): Promise<void> {}
}
