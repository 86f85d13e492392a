import type { Type } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { DomainEvent, Recorded, StoredEvent } from '../../event/domain-event.js';
import { isOfNewerBuild } from '../../event/event-errors.js';
import type { EventRegistry } from '../../event/event-registry.js';
import { copyOfRow } from '../columns/row-copy.js';
import type { RowTable } from '../columns/row-table.js';
import type { Folding, TouchedTable } from '../declare/folding.js';
import type { CurrentTurn } from '../turn/current-turn.js';
import { ProjectionStateError } from '../projection-errors.js';
import { FoldFailure } from '../turn/fold-failure.js';
import { TurnRows } from '../turn/turn-rows.js';
import { ownSqlError, tooManyRowsError } from './explanation-errors.js';
import type { KeyState } from './key-state.sql.js';
import { recordOf } from './row-image.js';

/** Most rows of a key that are in memory. */
const MAX_ROWS = 50_000;

/** The change of one row, as JSON by column; null for no row. */
export interface RecordChange {
  table: RowTable<any>;
  before: string | null;
  after: string | null;
}

/** What one event did to the rows of its key. */
export interface Step {
  event: StoredEvent;
  changes: RecordChange[];
  isSkipped: boolean;
  /** Why the event is not folded. */
  failure: string | null;
}

type Parts = { registry: EventRegistry; currentTurn: CurrentTurn };
type Rows = Map<string, object>;

/**
 * Folds the events of one key into rows in memory, with the handler of the projection. Each event is a turn of its own,
 * so its rows have the form in which PostgreSQL would give them back.
 *
 * It leaves out what the living rows leave out: skipped events, and the events from the one on at which the key is
 * parked. An event that this code cannot fold ends the fold likewise.
 */
export class KeyFold {
  /** All events of the key up to here are folded. */
  position = 0;
  /** Where and why the fold has ended. */
  failure: { position: number; message: string } | undefined;
  private readonly rows: ReadonlyMap<Type<object>, Rows>;
  private readonly touched: ReadonlyMap<Type<object>, Rows>;

  constructor(
    private readonly folding: Folding,
    private readonly parts: Parts,
    private readonly state: KeyState,
  ) {
    const empty = () => new Map(folding.entities.map((entity) => [entity, new Map<string, object>()]));
    this.rows = empty();
    this.touched = empty();
    if (state.parked !== null)
      this.failure = { position: state.parked.position, message: state.parked.error };
  }

  /** Whether the living rows skip and park the same events. */
  isOf(state: KeyState): boolean {
    return (
      JSON.stringify([state.skipped, state.parked]) ===
      JSON.stringify([this.state.skipped, this.state.parked])
    );
  }

  /** How many rows are in memory. */
  get size(): number {
    return [...this.touched.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** The rows of a table now. */
  rowsOf({ table }: TouchedTable): object[] {
    return [...this.rows.get(table.entity)!.values()];
  }

  /** The primary keys of all rows of a table that the events touched. */
  touchedIn({ table }: TouchedTable): object[] {
    return [...this.touched.get(table.entity)!.values()];
  }

  /** Folds the next event. @throws ProjectionStateError, and UnknownSchemaVersionError of a newer build */
  async step(stored: StoredEvent): Promise<Step> {
    const isSkipped = this.state.skipped.includes(stored.position);
    const none = { event: stored, changes: [], isSkipped, failure: null };
    const failure = this.failureBefore(stored);
    const step = isSkipped ? none : failure === undefined ? await this.tryStep(stored) : { ...none, failure };
    this.position = stored.position;
    return step;
  }

  private failureBefore({ position }: StoredEvent): string | undefined {
    const { failure } = this;
    if (failure === undefined || position < failure.position) return undefined;
    return position === failure.position
      ? failure.message
      : `Waits for the event at position ${failure.position}.`;
  }

  private async tryStep(stored: StoredEvent): Promise<Step> {
    try {
      const event = this.parts.registry.revive(stored);
      return { event: stored, changes: await this.fold(event), isSkipped: false, failure: null };
    } catch (cause) {
      if (isOfNewerBuild(cause) || cause instanceof ProjectionStateError) throw cause;
      const { message } = new FoldFailure(stored, '', cause);
      this.failure = { position: stored.position, message };
      return { event: stored, changes: [], isSkipped: false, failure: message };
    }
  }

  private async fold(event: Recorded<DomainEvent>): Promise<RecordChange[]> {
    const turn = new Map<Type<object>, TurnRows<object>>();
    const before = new Map<RowTable<any>, Map<string, string>>();
    for (const touched of this.folding.tables('live')) {
      const rows = new TurnRows<object>(touched.table, true);
      const keys = rows.expect(touched.keys(event));
      this.touch(touched, keys);
      const held = this.held(touched, keys);
      before.set(
        touched.table,
        new Map(held.map((row) => [touched.table.identify(row), recordOf(touched.table, row)])),
      );
      rows.hold(held.map((row) => copyOfRow(touched.table.columns, row)));
      turn.set(touched.table.entity, rows);
    }
    await this.handle(event, turn);
    return this.folding
      .tables('live')
      .flatMap((touched) => this.keep(touched, turn, before.get(touched.table)!));
  }

  private async handle(
    event: Recorded<DomainEvent>,
    rows: ReadonlyMap<Type<object>, TurnRows<object>>,
  ): Promise<void> {
    const refuse = (): never => {
      throw ownSqlError(this.folding.name);
    };
    const turn = {
      rows,
      tableOf: refuse,
      event,
      get manager(): EntityManager {
        return refuse();
      },
    };
    // Awaited inside the turn: a handler's result may start its work only when it is awaited.
    await this.parts.currentTurn.run(turn, async () => {
      await this.folding.handler.handle(event);
    });
  }

  private touch({ table }: TouchedTable, keys: readonly object[]): void {
    const touched = this.touched.get(table.entity)!;
    for (const key of keys) touched.set(table.identify(key), key);
    if (this.size > MAX_ROWS) throw tooManyRowsError(this.folding.name, MAX_ROWS);
  }

  private held({ table }: TouchedTable, keys: readonly object[]): object[] {
    const rows = this.rows.get(table.entity)!;
    return keys.flatMap((key) => rows.get(table.identify(key)) ?? []);
  }

  private keep(
    { table }: TouchedTable,
    turn: ReadonlyMap<Type<object>, TurnRows<object>>,
    before: ReadonlyMap<string, string>,
  ): RecordChange[] {
    const rows = this.rows.get(table.entity)!;
    const { changedRows, removedKeys } = turn.get(table.entity)!;
    const changes: RecordChange[] = [];
    for (const key of removedKeys) {
      rows.delete(table.identify(key));
      changes.push({ table, before: before.get(table.identify(key)) ?? null, after: null });
    }
    for (const row of changedRows) {
      const settled = table.settle(row);
      rows.set(table.identify(settled), settled);
      changes.push({
        table,
        before: before.get(table.identify(row)) ?? null,
        after: recordOf(table, settled),
      });
    }
    return changes.filter((change) => change.before !== change.after);
  }
}
