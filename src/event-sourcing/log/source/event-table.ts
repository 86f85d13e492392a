import type { Statements } from '../../postgres/database.js';
import { READ_BYTES } from '../page-sizes.js';
import { selectHead, selectPartAt, selectWindowPart, type WindowPart } from '../read.sql.js';
import type { LogSource, SourceWindow } from './log-source.js';

/** The log in the database of the projections. `LogListener` and `LogWatch` tell when events arrive. */
export class EventTable implements LogSource {
  /** Whoever cannot read the table cannot report either. */
  readonly failure = undefined;

  /** @param table its name, quoted for SQL */
  constructor(private readonly table: string) {}

  window(statements: Statements, window: SourceWindow): Promise<WindowPart> {
    return selectWindowPart(statements, this.table, window, READ_BYTES);
  }

  eventsAt(statements: Statements, positions: readonly number[]): Promise<WindowPart> {
    return selectPartAt(statements, this.table, positions, READ_BYTES);
  }

  end(statements: Statements): Promise<number> {
    return selectHead(statements, this.table);
  }

  start(): void {}

  async stop(): Promise<void> {}
}
