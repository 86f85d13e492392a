import type { InjectionToken, Type } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { isThenable, listOf, rowsToken, TurnRows } from '../../event-sourcing/for-testing.js';
import {
  CurrentTurn,
  type DomainEvent,
  type ProjectionOptions,
  type Recorded,
  Rows,
} from '../../event-sourcing/index.js';
import { MemoryTable } from './memory-table.js';

/**
 * Folds events into rows in memory, for tests of a projection. Each event is a turn of its own. So a row that the
 * projection does not declare for the event is missed at once, and a row that is changed without `put` is lost.
 */
export class MemoryFold {
  readonly tables: ReadonlyMap<Type<object>, MemoryTable<any>>;
  private readonly turn = new CurrentTurn();

  constructor(private readonly options: ProjectionOptions) {
    this.tables = new Map(options.rows.map(({ entity }) => [entity, new MemoryTable(entity)]));
  }

  /** The dependencies that a handler may get here, by token. */
  get provided(): ReadonlyMap<InjectionToken, object> {
    const rows = [...this.tables.keys()].map(
      (entity) => [rowsToken(entity), new Rows(this.turn, entity)] as const,
    );
    return new Map<InjectionToken, object>([[CurrentTurn, this.turn], ...rows]);
  }

  /** Hands the event to the handler, and keeps its changes to the rows. Returns a promise if the handler does. */
  handle(handler: { handle: (event: any) => unknown }, event: Recorded<DomainEvent>): void | Promise<void> {
    const rows = new Map([...this.tables].map(([entity, table]) => [entity, new TurnRows<any>(table)]));
    for (const { entity, key } of this.options.rows) {
      rows.get(entity)!.hold(this.tables.get(entity)!.find(rows.get(entity)!.expect(listOf(key(event)))));
    }
    const keep = () => {
      for (const [entity, { changedRows, removedKeys }] of rows) {
        this.tables.get(entity)!.delete(removedKeys);
        this.tables.get(entity)!.put(changedRows);
      }
    };
    return this.turn.run({ manager: noDatabase, rows, tableOf: noTable }, () => {
      const handled = handler.handle(event);
      return isThenable(handled) ? Promise.resolve(handled).then(keep) : keep();
    });
  }
}

const noTable = (): never => {
  throw new Error(
    'SQL of a handler of its own needs a database: test it on one, as createTestDatabase() makes it.',
  );
};

const noDatabase = new Proxy({} as EntityManager, { get: noTable });
