import { Injectable, Optional, type Type } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { EntityManager } from 'typeorm';
import type { EventToAppend, ExpectedVersion, PendingAppend } from '../../log/append/append.js';
import { CurrentTransaction } from '../../log/append/current-transaction.js';
import { RunningTurn } from '../../log/append/running-turn.js';
import { EventStore } from '../../log/event-store.js';
import { type Handling, MessageContext } from '../../event/message-context.js';
import { OF_PROJECTION, TurnError } from './turn.error.js';
import { type TurnRows, UndeclaredRowError } from './turn-rows.js';

export interface Turn extends Handling {
  /** @throws TurnError when no transaction is open */
  readonly manager: EntityManager;
  /** Begins the transaction where none is open. Default: `manager` is open. */
  transaction?: () => Promise<EntityManager>;
  /** Whether its handler may append events that commit with the checkpoint. Default: false. */
  appends?: boolean;
  rows: ReadonlyMap<Type<object>, TurnRows<any>>;
  tableOf: (entity: Type<object>) => string | undefined;
}

/** One storage for the process: before Node.js 24 each promise carries every storage that was ever used. */
const storage = new AsyncLocalStorage<Turn>();

/** Gives a handler its running turn, so that handlers stay singletons without state. */
@Injectable()
export class CurrentTurn extends RunningTurn {
  /** @param context the context for a handler's appends; a test of a handler alone has none */
  constructor(
    @Optional() private readonly context?: MessageContext,
    @Optional() private readonly current?: CurrentTransaction,
    @Optional() private readonly store?: EventStore,
  ) {
    super();
  }

  /** Runs a handler in its turn. Meanwhile `turn.event` names the handled event. */
  run<Result>(turn: Turn, work: () => Result): Result {
    const handle = () => storage.run(turn, work);
    const inTurn = () => (this.current === undefined ? handle() : this.current.outside(handle));
    return this.context === undefined ? inTurn() : this.context.runHandling(turn, inTurn);
  }

  /**
   * Appends events of a reaction exactly once: they commit with the checkpoint, and a turn that is rolled back leaves
   * none. So they need no `eventId`. Their cause is the handled event. A conflict, as when the stream is not at the
   * expected version, shows at the end of the handler, and the event is then handled again.
   *
   * @returns the append; its position is known after the commit
   * @throws TurnError in a projection; InvalidAppendError when PostgreSQL cannot store an event
   */
  async appendToStream(
    streamId: string,
    expectedVersion: ExpectedVersion,
    events: readonly EventToAppend[],
  ): Promise<PendingAppend> {
    const manager = await this.appending();
    return this.store!.appendToStream(streamId, expectedVersion, events, { manager, at: 'commit' });
  }

  /** The transaction for an append: see `EventSourcedRepository.update(id, decide, { turn })`. */
  async appending(): Promise<EntityManager> {
    if (this.turn.appends !== true) throw new TurnError(OF_PROJECTION);
    return this.transaction();
  }

  /**
   * The transaction that commits with the checkpoint. Under a lease it begins with this call, and lasts until the
   * handler ends: so call it after slow work, not before.
   */
  async transaction(): Promise<EntityManager> {
    const { turn } = this;
    return turn.transaction === undefined ? turn.manager : turn.transaction();
  }

  /**
   * The turn's transaction, for a handler with its own SQL: its writes commit with the checkpoint.
   *
   * @throws TurnError when no transaction is open: the reaction works under a lease, and has not called `transaction`
   */
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
