import { Inject, type Type } from '@nestjs/common';
import { classTokens } from '../../nest/class-tokens.js';
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

  /**
   * The row with this primary key; undefined when there is none.
   *
   * The row has the values of PostgreSQL, converted as TypeORM does: `bigint` and `numeric` are strings, unless the
   * column has a transformer. This is also true after a `put` in the same turn.
   *
   * @throws UndeclaredRowError when `touches` does not name the row for the event
   */
  find(key: Partial<Row>): Row | undefined {
    return this.turn.rowsOf(this.entity).find(key);
  }

  /**
   * Inserts the row, or replaces the row with its primary key. An undefined property gets the `default` of its column,
   * or null without one.
   *
   * @throws UndeclaredRowError when `touches` does not name the row for the event
   */
  put(row: Row): void {
    this.turn.rowsOf(this.entity).put(row);
  }

  /**
   * Deletes the row with this primary key, if there is one. Later events do not find it until it is put again.
   *
   * @throws UndeclaredRowError when `touches` does not name the row for the event
   */
  remove(key: Partial<Row>): void {
    this.turn.rowsOf(this.entity).remove(key);
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
