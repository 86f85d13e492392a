import { Injectable, Optional, type Type } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { EntityManager } from 'typeorm';
import { CurrentTransaction } from '../../log/append/current-transaction.js';
import { type Handling, MessageContext } from '../../event/message-context.js';
import { type TurnRows, UndeclaredRowError } from './turn-rows.js';

export interface Turn extends Handling {
  manager: EntityManager;
  rows: ReadonlyMap<Type<object>, TurnRows<any>>;
  tableOf: (entity: Type<object>) => string | undefined;
}

/** One storage for the process: before Node.js 24 each promise carries every storage that was ever used. */
const storage = new AsyncLocalStorage<Turn>();

/** Gives a handler its running turn, so that handlers stay singletons without state. */
@Injectable()
export class CurrentTurn {
  /** @param context the context for a handler's appends; a test of a handler alone has none */
  constructor(
    @Optional() private readonly context?: MessageContext,
    @Optional() private readonly current?: CurrentTransaction,
  ) {}

  /** Runs a handler in its turn. Meanwhile `turn.event` names the handled event. */
  run<Result>(turn: Turn, work: () => Result): Result {
    const handle = () => storage.run(turn, work);
    const inTurn = () => (this.current === undefined ? handle() : this.current.outside(handle));
    return this.context === undefined ? inTurn() : this.context.runHandling(turn, inTurn);
  }

  /** The turn's transaction, for a handler with its own SQL: its writes commit with the checkpoint. */
  get manager(): EntityManager {
    return this.turn.manager;
  }

  /**
   * The table, quoted, in which a handler's own SQL must read and write the rows of an entity: during a rebuild it is
   * not the table that queries see.
   */
  tableOf(entity: Type<object>): string {
    return this.turn.tableOf(entity) ?? notListed(entity);
  }

  rowsOf<Row extends object>(entity: Type<Row>): TurnRows<Row> {
    return this.turn.rows.get(entity) ?? notListed(entity);
  }

  private get turn(): Turn {
    const turn = storage.getStore();
    if (turn === undefined) throw new Error('Rows can be used only while a projection handles an event.');
    return turn;
  }
}

function notListed(entity: Type<object>): never {
  throw new UndeclaredRowError(
    `The projection does not list ${entity.name} in its "rows", so they were not fetched.`,
  );
}
