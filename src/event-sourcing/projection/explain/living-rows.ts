import type { EntityManager } from 'typeorm';
import type { EventRegistry } from '../../event/event-registry.js';
import type { ScanBudget } from '../../log/search/scan-budget.js';
import { isStatementFailure, sqlStateOf } from '../../postgres/sql-state.js';
import { isWholeKey } from '../../event/storable-key.js';
import type { ExplainedKey } from './explained-key.js';
import type { RowsOfTable } from './explanation.js';
import { KeyLinks, type LinkedTable } from './key-links.js';
import { selectRowsAt, selectRowsOfKey } from './living-rows.sql.js';
import { byColumn, type StoredRow } from './row-image.js';
import { touchedBy } from './touched-rows.js';

/** Most rows of a table that are shown. */
const SHOWN = 100;

/** Finds the living rows of a key: by their columns, or else by the events of the key. */
export class LivingRows {
  constructor(
    private readonly manager: EntityManager,
    private readonly opened: ExplainedKey,
    private readonly registry: EventRegistry,
  ) {}

  /** @param head the position up to which events are looked at */
  async find(head: number, budget: ScanBudget): Promise<RowsOfTable[]> {
    const tables: RowsOfTable[] = [];
    for (const table of KeyLinks.of(this.opened.folding).tables) {
      const direct = await this.ofKey(table, SHOWN + 1);
      tables.push(
        direct === undefined
          ? await this.ofEvents(table, head, budget)
          : shown(table, direct.slice(0, SHOWN), direct.length > SHOWN),
      );
    }
    return tables;
  }

  /** The rows whose columns have the key; undefined where the columns do not tell. */
  async ofKey(table: LinkedTable, limit: number): Promise<StoredRow[] | undefined> {
    const { key } = this.opened;
    if (!isWholeKey(key)) return undefined;
    try {
      return await this.manager.transaction((savepoint) => selectRowsOfKey(savepoint, table, key, limit));
    } catch (error) {
      if (isStatementFailure(error) && isNoValue(error)) return [];
      throw error;
    }
  }

  private async ofEvents(table: LinkedTable, head: number, budget: ScanBudget): Promise<RowsOfTable> {
    const touched = new Map<string, object>();
    const keyEvents = this.opened.events(this.manager);
    let position = 0;
    while (position < head && touched.size <= SHOWN && !(position > 0 && budget.isSpent)) {
      const { events, to } = await keyEvents.next(position, head, budget);
      for (const row of events.flatMap((event) => touchedBy(event, table, this.registry))) {
        touched.set(table.table.identify(row), row);
      }
      position = to;
    }
    const rows = await selectRowsAt(this.manager, table.table, [...touched.values()].slice(0, SHOWN));
    return shown(table, rows, position < head || touched.size > SHOWN);
  }
}

/** A text that is no value of the column's type: no row has it. */
const isNoValue = (error: unknown) => sqlStateOf(error)?.startsWith('22') === true;

const shown = ({ table }: LinkedTable, rows: readonly StoredRow[], isCut: boolean): RowsOfTable => ({
  table: table.name,
  rows: rows.map(({ image }) => byColumn(table, image)),
  isCut,
});
