import { Inject, type Type } from '@nestjs/common';
import { classTokens } from '../class-tokens.js';
import { CurrentTurn } from './current-turn.js';

/**
 * The rows of one entity, as the running turn sees them: fetched before the first event of the batch, changed in
 * memory, written back after the last. Inject it with `@InjectRows(Entity)`.
 */
export class Rows<Row extends object> {
  constructor(
    private readonly turn: CurrentTurn,
    private readonly entity: Type<Row>,
  ) {}

  /** The row with this primary key, or undefined. */
  find(key: Partial<Row>): Row | undefined {
    return this.turn.rowsOf(this.entity).find(key);
  }

  /** Inserts the row, or replaces the one with its primary key. */
  put(row: Row): void {
    this.turn.rowsOf(this.entity).put(row);
  }

  /** Changes a row in place, if there is one. */
  change(key: Partial<Row>, change: (row: Row) => void): void {
    const row = this.find(key);
    if (row === undefined) return;
    change(row);
    this.put(row);
  }
}

export const rowsToken: (entity: Type<object>) => symbol = classTokens('rows');

export const InjectRows = (entity: Type<object>) => Inject(rowsToken(entity));
