import type { Type } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { DomainEvent, Recorded, StoredEvent } from '../event/domain-event.js';
import { isStatementFailure, sqlStateOf } from '../postgres/sql-state.js';
import type { CurrentTurn } from '../projection/turn/current-turn.js';
import type { Folding } from '../projection/declare/folding.js';
import { TurnRows } from '../projection/turn/turn-rows.js';
import { isTransient } from '../postgres/transient-failure.js';
import { FailureAttribution } from './failure-attribution.js';
import type { BreakageCount } from './breakage-count.js';
import { unfoldable } from './diagnosis.js';

type Rows = ReadonlyMap<Type<object>, TurnRows<object>>;
type Event = Recorded<DomainEvent>;

/** An event of the log; `event` is an instance of its class, when this build can make one. */
export interface Reading {
  stored: StoredEvent;
  event: Event | undefined;
}

/**
 * Gives events to the handler of one projection, with rows in memory that are never written.
 *
 * From the first event of the log on, the rows are the same as in a rebuild, and any error of the handler is a
 * breakage. This history ends at the first gap in the events read, or when more rows are in memory than allowed. From
 * there on the handler gets each event with the living row, which is ahead of the event. When it fails, it gets the
 * event again without a row. `FailureAttribution` then decides which failures are breakages.
 */
export class ProjectionRehearsal {
  /** Why the handler is not called any more. */
  halted: string | undefined;
  /** The rows are the same as in a rebuild up to this position. */
  exactUpTo = 0;
  private history: Rows | undefined;
  /** Keys that the history has parked, as a turn would. */
  private readonly parked = new Set<string>();
  private readonly attribution: FailureAttribution;

  constructor(
    private readonly folding: Folding,
    private readonly currentTurn: CurrentTurn,
    private readonly breakages: BreakageCount,
    private readonly options: {
      maxRows: number;
      /** Whether the tables of its rows exist with all columns: migrations of this build may have to add them first. */
      hasLivingRows: boolean;
    },
  ) {
    this.history = this.rows(false);
    this.attribution = new FailureAttribution(breakages, folding.name);
  }

  get name(): string {
    return this.folding.name;
  }

  /** Notes that the handler got every event that it wants up to a position. */
  passed(position: number): void {
    if (this.history !== undefined && this.halted === undefined) this.exactUpTo = position;
  }

  /** Called before events are left out. */
  endHistory(): void {
    this.history = undefined;
    this.parked.clear();
  }

  wants({ stored }: Reading): boolean {
    return this.halted === undefined && this.folding.eventTypes.includes(stored.type);
  }

  /** @param manager the manager of a read-only transaction */
  async fold(manager: EntityManager, page: readonly Reading[]): Promise<void> {
    try {
      if (this.history === undefined) await this.tryWithoutHistory(manager, page);
      else await this.continueHistory(manager, this.history, page);
    } catch (error) {
      if (!isStatementFailure(error) || isDown(error)) throw error;
      this.halted = `its handler has SQL of its own, which was refused: ${error.message}`;
    }
  }

  /** Attributes the failures that only all events together explain. */
  conclude(): void {
    this.attribution.conclude();
  }

  get unsure() {
    return this.attribution.unsure;
  }

  private async continueHistory(manager: EntityManager, rows: Rows, page: readonly Reading[]): Promise<void> {
    for (const { stored, event } of page) {
      const key = this.keyOf(event ?? stored);
      if (key !== undefined && this.parked.has(key)) continue;
      const error = event && (await this.attempt(manager, rows, event));
      if (error !== undefined) this.breakages.broke(event!, unfoldable(event!, this.name, error.cause));
      if (key !== undefined && (event === undefined || error !== undefined)) this.parked.add(key);
    }
    let kept = this.parked.size;
    for (const each of rows.values()) kept += each.size;
    if (kept > this.options.maxRows) this.endHistory();
  }

  private async tryWithoutHistory(manager: EntityManager, page: readonly Reading[]): Promise<void> {
    const living = this.rows(this.options.hasLivingRows);
    const events = page.flatMap(({ event }) => event ?? []);
    await this.fetch(manager, living, events);
    const left = new Set<string>(); // rows that a failed handler has left half changed
    for (const event of events) {
      const key = this.keyOf(event);
      if (key !== undefined && left.has(key)) continue;
      const basis = this.basisOf(living, event);
      const error = await this.attempt(manager, living, event);
      if (error === undefined) this.attribution.folded(event, basis);
      else {
        if (key !== undefined) left.add(key);
        await this.tryAgain(manager, event, basis, error.cause);
      }
    }
  }

  /** An event that failed with the living row may just be too old for it. */
  private async tryAgain(
    manager: EntityManager,
    event: Event,
    basis: ReturnType<ProjectionRehearsal['basisOf']>,
    cause: unknown,
  ): Promise<void> {
    const again = basis === 'row' ? await this.attempt(manager, this.rows(false), event) : undefined;
    if (basis === 'row' && again === undefined) this.attribution.folded(event, 'no row');
    else this.attribution.failed(event, basis, cause);
  }

  /** Returns the error that the handler threw. A failure of the database is not the event's fault, and is thrown. */
  private async attempt(
    manager: EntityManager,
    rows: Rows,
    event: Event,
  ): Promise<{ cause: unknown } | undefined> {
    const { folding } = this;
    const tableOf = (entity: Type<object>) =>
      folding.tables('live').find(({ table }) => table.entity === entity)?.table.name;
    try {
      folding.keyOf(event);
      for (const { table, keys } of folding.tables('live')) {
        await rows.get(table.entity)!.fetch(manager, keys(event));
      }
      // Awaited inside the turn: a handler's result may start its work only when it is awaited.
      await this.currentTurn.run({ manager, rows, tableOf }, async () => {
        await folding.handler.handle(event);
      });
      return undefined;
    } catch (cause) {
      if (isStatementFailure(cause) || isTransient(cause)) throw cause;
      return { cause };
    }
  }

  /** Fetches all rows of the page at once. A key function that throws is called again with its event. */
  private async fetch(manager: EntityManager, rows: Rows, events: readonly Event[]): Promise<void> {
    for (const { table, keys } of this.folding.tables('live')) {
      const touched = events.flatMap((event) => unlessThrown(() => keys(event)) ?? []);
      await rows.get(table.entity)!.fetch(manager, touched);
    }
  }

  private basisOf(rows: Rows, event: Event): 'row' | 'no row' | 'no need' {
    const touched = this.folding.tables('live').flatMap(({ table, keys }) => {
      const found = unlessThrown(() => keys(event)) ?? [];
      return found.map((key) => rows.get(table.entity)!.find(key));
    });
    if (touched.length === 0) return 'no need';
    return touched.some((row) => row !== undefined) ? 'row' : 'no row';
  }

  private rows(areLiving: boolean): Rows {
    return new Map(
      this.folding.tables('live').map(({ table }) => [table.entity, new TurnRows<object>(table, !areLiving)]),
    );
  }

  private keyOf(event: Event | StoredEvent): string | undefined {
    return unlessThrown(() => this.folding.keyOf(event));
  }
}

/** `read_only_sql_transaction`: the write of a handler was refused, as it should be. */
const REFUSED = '25006';

const isDown = (error: Error) => isTransient(error) && sqlStateOf(error) !== REFUSED;

function unlessThrown<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
