import type { Type } from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import type { DomainEvent, Recorded, StoredEvent } from '../../event/domain-event.js';
import { isOfNewerBuild } from '../../event/event-errors.js';
import { insideTransaction } from '../../log/append/surrounding-transactions.js';
import type { Handling } from '../../event/message-context.js';
import type { EventRegistry } from '../../event/event-registry.js';
import type { ProcessBatch } from '../../process/step/process-batch.js';
import type { Share } from '../declare/share.js';
import type { CurrentTurn, Turn } from './current-turn.js';
import { isToBeWaitedFor } from '../../postgres/transient-failure.js';
import { isThenable } from './thenable.js';
import { FoldFailure } from './fold-failure.js';
import type { WaitingEvent } from './waiting.sql.js';
import type { Pace } from '../columns/row-table.js';
import { TurnRows } from './turn-rows.js';

/** How long a fold may block the event loop, in ms. */
const SLICE_MS = 8;

/** Runs `fold` for these events at once, in a context of its own. */
export type Within = (events: readonly Recorded<DomainEvent>[], fold: () => Promise<void>) => Promise<void>;

/** Takes an event instead of its handler, in the transaction of the turn. */
export type HandOver = (manager: EntityManager, event: Recorded<DomainEvent>) => Promise<void>;

export interface BatchOptions {
  /** Whether the tables are empty: nothing was ever written. */
  isEmpty?: boolean;
  /** Whether a key is parked; undefined when none is. */
  isParked?: ((key: string) => boolean) | undefined;
  /** Positions of skipped events. */
  skipped?: ReadonlySet<number> | undefined;
  /** The context in which the events of a page are folded. */
  within?: Within | undefined;
  /** Takes the event of a page instead of its handler. The page has one event. */
  handOver?: HandOver | undefined;
}

/**
 * The changes of one turn to the rows: events are read by page and folded in memory, and the rows are written at the
 * end.
 */
export class TurnBatch {
  /** Events of parked keys, which wait. */
  readonly waiting: WaitingEvent[] = [];
  private readonly rows: ReadonlyMap<Type<object>, TurnRows<object>>;
  /** Positions of skipped events that were left out. */
  readonly leftOut: number[] = [];
  /** Position of the event that was handed over. */
  handedOver: number | undefined;
  /** Whether a handler took the transaction for its own SQL. */
  hasOwnSql = false;
  /** The steps of a process manager. */
  private readonly steps: ProcessBatch | undefined;
  private events = 0;
  private last: Recorded<DomainEvent> | undefined;

  constructor(
    private readonly manager: EntityManager,
    private readonly share: Share,
    private readonly parts: { registry: EventRegistry; currentTurn: CurrentTurn },
    private readonly options: BatchOptions = {},
  ) {
    this.steps = share.folding.beginSteps(manager);
    const tables = share.folding.tables(share.build);
    this.rows = new Map(
      tables.map(({ table }) => [table.entity, new TurnRows<object>(table, options.isEmpty)]),
    );
  }

  /** How many rows and steps `write` will write. */
  get changes(): number {
    let changes = this.steps?.changes ?? 0;
    for (const rows of this.rows.values()) changes += rows.changes;
    return changes;
  }

  /** Loads the keys that a later `fold` of the page needs, over another connection. A failure comes again then. */
  async prepare(page: readonly StoredEvent[]): Promise<void> {
    await this.parts.registry.prepare(page)?.catch(() => undefined);
  }

  /** @throws FoldFailure when the failing event is known */
  async fold(page: readonly StoredEvent[]): Promise<void> {
    const loading = this.parts.registry.prepare(page, this.manager);
    if (loading !== undefined) await loading;
    const events = this.select(page);
    this.events += events.length;
    this.last = events.at(-1) ?? this.last;
    const { within = (_, work) => work() } = this.options;
    const { handOver } = this.options;
    await within(events, () =>
      handOver === undefined ? this.foldEvents(events) : this.handOver(handOver, events),
    );
  }

  private async handOver(handOver: HandOver, [event]: readonly Recorded<DomainEvent>[]): Promise<void> {
    if (event === undefined) return;
    await handOver(this.manager, event);
    this.handedOver = event.position;
  }

  private async foldEvents(events: readonly Recorded<DomainEvent>[]): Promise<void> {
    await this.fetch(events);
    const { rows, share } = this;
    const takeManager = () => {
      this.hasOwnSql = true;
      return this.manager;
    };
    const tableOf = (entity: Type<object>) =>
      share.folding.tables(share.build).find(({ table }) => table.entity === entity)?.table.name;
    const turn: Turn = {
      rows,
      appends: share.folding.kind === 'reaction',
      tableOf,
      get manager() {
        return takeManager();
      },
    };
    await insideTransaction(this.manager, () =>
      this.parts.currentTurn.run(turn, () => this.handleInOrder(events, turn)),
    );
  }

  /** Attributes a failure to its event when the batch has only one event. */
  attribute(error: unknown): unknown {
    if (error instanceof FoldFailure || isToBeWaitedFor(error) || this.events !== 1) return error;
    return this.failureAt(this.last!, error);
  }

  async write(pace?: Pace): Promise<void> {
    for (const rows of this.rows.values()) await rows.write(this.manager, pace);
    await this.steps?.write();
  }

  /** The events of this share, without those of parked keys. */
  private select(page: readonly StoredEvent[]): Recorded<DomainEvent>[] {
    const { folding, partition, partitions } = this.share;
    const { isParked, skipped } = this.options;
    const isMixed = partitions > 1 && folding.keyProperty === undefined; // else only the partition's events are read
    const selected: Recorded<DomainEvent>[] = [];
    for (const stored of page) {
      if (skipped?.has(stored.position)) {
        this.leftOut.push(stored.position);
        continue;
      }
      if (folding.isForAnother(stored)) continue;
      const event = this.revive(stored);
      if (isMixed || isParked !== undefined || event instanceof Error) {
        const named = event instanceof Error ? stored : event;
        if (isMixed && folding.partitionOf(named, partitions) !== partition) continue;
        const key = folding.keyOf(named);
        if (isParked?.(key)) {
          this.waiting.push({ key, position: stored.position });
          continue;
        }
        if (event instanceof Error) throw new FoldFailure(stored, key, event);
      }
      selected.push(event);
    }
    return selected;
  }

  /** An event that cannot be read belongs to the key in its stored data. */
  private revive(stored: StoredEvent): Recorded<DomainEvent> | Error {
    try {
      return this.parts.registry.revive(stored);
    } catch (error) {
      if (isOfNewerBuild(error)) throw error; // no fault of the event
      return error as Error;
    }
  }

  private async fetch(events: readonly Recorded<DomainEvent>[]): Promise<void> {
    for (const { table, keys } of this.share.folding.tables(this.share.build)) {
      const touched: object[] = [];
      for (const event of events) for (const key of this.touchedBy(event, keys)) touched.push(key);
      await this.rows.get(table.entity)!.fetch(this.manager, touched);
    }
    await this.steps?.fetch(events);
  }

  private touchedBy<Key>(event: Recorded<DomainEvent>, key: (event: Recorded<DomainEvent>) => Key): Key {
    try {
      return key(event);
    } catch (error) {
      throw this.failureAt(event, error);
    }
  }

  private failureAt(event: Recorded<DomainEvent>, cause: unknown): unknown {
    if (isOfNewerBuild(cause)) return cause; // no fault of the event
    return new FoldFailure(event, this.share.folding.keyOf(event), cause);
  }

  private async handleInOrder(events: readonly Recorded<DomainEvent>[], turn: Handling): Promise<void> {
    let started = performance.now();
    for (const event of events) {
      turn.event = event; // the cause of the events that the handler appends
      // A microtask per event is measurable in a backlog, so only asynchronous handlers are awaited.
      const handling = this.handle(event);
      if (handling !== undefined) await handling;
      if (performance.now() - started < SLICE_MS) continue;
      await nextTurn();
      started = performance.now();
    }
  }

  private handle(event: Recorded<DomainEvent>): Promise<void> | undefined {
    const { folding } = this.share;
    const fail = (cause: unknown) => {
      throw this.failureAt(event, cause);
    };
    try {
      const handled: unknown =
        this.steps === undefined ? folding.handler.handle(event) : this.steps.handle(event);
      return isThenable(handled) ? Promise.resolve(handled).then(ignoreAnswer, fail) : undefined;
    } catch (error) {
      return fail(error);
    }
  }
}

/** Drops the result of a handler. */
const ignoreAnswer = () => undefined;
