import type { StoredEvent } from '../../event/domain-event.js';
import type { Statements } from '../../postgres/database.js';
import { type LogWindow, selectEventsAt, selectHead, selectWindow } from '../read.sql.js';
import type { LogSource } from './log-source.js';

/** The log in the database of the projections. `LogListener` and `LogWatch` tell when events arrive. */
export class EventTable implements LogSource {
  /** Whoever cannot read the table cannot report either. */
  readonly failure = undefined;

  /** @param table its name, quoted for SQL */
  constructor(private readonly table: string) {}

  window(statements: Statements, window: LogWindow): Promise<StoredEvent[]> {
    return selectWindow(statements, this.table, window);
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
