import type { Type } from '@nestjs/common';
import type { IEventHandler } from '@nestjs/cqrs';
import type { DomainEvent, EventClass, ProjectionOptions, Recorded } from '../event-sourcing/index.js';
import { handledEvents, isThenable, PROJECTION_METADATA } from '../event-sourcing/for-testing.js';
import { MemoryFold } from './memory/memory-fold.js';
import { compare, fail } from './comparison.js';
import { construct, type Dependency } from './handler-under-test.js';
import { recorded } from './past-events.js';

/** Void, unless the handler itself returns a promise. */
type DoneBy<Handler extends IEventHandler> = [
  Extract<ReturnType<Handler['handle']>, PromiseLike<any>>,
] extends [never]
  ? void
  : Promise<void>;

/** The event that a handler takes, before the log has it. */
type EventFor<Handler extends IEventHandler> = Unrecorded<Parameters<Handler['handle']>[0]>;

/** Maps each event of a union by itself: nothing can be inferred from a `Recorded` union as a whole. */
type Unrecorded<Event> =
  Event extends DomainEvent<infer Name, infer Data> ? DomainEvent<Name, Data> : DomainEvent;

/**
 * The start of a test of a projection, without a database:
 *
 * ```ts
 * givenReadModel(CustomerTotalsProjection, [{ customerId: 'ada', orders: 1, shipped: 0, paidCents: 0 }])
 *   .when(new OrderPaid({ ... }))
 *   .then([{ customerId: 'ada', orders: 1, shipped: 0, paidCents: 2_500 }]);
 * ```
 *
 * @param handlerClass a class with `@Projection` and `@EventsHandler`
 * @param rows the rows before; for a projection with several tables, use `rowsOf(Entity, ...)` for each
 * @param dependencies of the handler, beside its rows and `CurrentTurn`
 */
export function givenReadModel<Handler extends IEventHandler>(
  handlerClass: Type<Handler>,
  rows: readonly object[] = [],
  dependencies: readonly Dependency[] = [],
): GivenReadModel<Handler> {
  return new GivenReadModel(handlerClass, rows, dependencies);
}

/** The rows of one of several tables, as instances of the entity. */
export const rowsOf = <Row extends object>(entity: Type<Row>, ...rows: readonly Row[]): Row[] =>
  rows.map((row) => Object.assign(new entity(), row));

export class GivenReadModel<Handler extends IEventHandler> {
  constructor(
    private readonly handlerClass: Type<Handler>,
    private readonly rows: readonly object[],
    private readonly dependencies: readonly Dependency[],
  ) {}

  /**
   * @param events the handler gets them in this order, in the form in which the log returns them: in one stream, a
   * second apart, from 2025-01-01T00:00:01Z on. Values that a test sets are kept:
   * `Object.assign(event, { timestamp })`. The handler does not get events that it does not list.
   */
  when(...events: readonly EventFor<Handler>[]): FoldedReadModel<Handler> {
    return new FoldedReadModel(this.handlerClass, this.rows, events, this.dependencies);
  }
}

export class FoldedReadModel<Handler extends IEventHandler> {
  private readonly fold: MemoryFold;
  private readonly handled: readonly EventClass[];

  constructor(
    private readonly handlerClass: Type<Handler>,
    private readonly before: readonly object[],
    private readonly events: readonly DomainEvent[],
    private readonly dependencies: readonly Dependency[],
  ) {
    const options = Reflect.getMetadata(PROJECTION_METADATA, handlerClass) as ProjectionOptions | undefined;
    if (options === undefined)
      throw new Error(`${handlerClass.name} is no projection: add @Projection({ ... }).`);
    this.handled = handledEvents(handlerClass);
    this.fold = new MemoryFold(options);
  }

  /**
   * Compares all rows with these, in any order.
   *
   * @throws AssertionError also when the handler fails, or uses a row that the projection does not declare for the
   * event
   */
  // oxlint-disable-next-line unicorn/no-thenable -- given, when, then: `await` of a `when` alone fails below
  then(rows: readonly object[]): DoneBy<Handler> {
    if (typeof rows === 'function') fail('This is no promise: end it with then([ ... ]).');
    this.fill(this.before);
    const provided = new Map([
      ...this.fold.provided,
      ...this.dependencies.map(({ provide, useValue }) => [provide, useValue] as const),
    ]);
    const handler = construct(this.handlerClass, provided);
    const types = new Set(this.handled.map(({ type }) => type));
    const events = recorded('test-1', this.events);
    const folded = this.foldAll(
      handler,
      events.filter(({ type }) => types.has(type)),
    );
    const check = () =>
      this.check(
        rows,
        events.filter(({ type }) => !types.has(type)),
      );
    return (isThenable(folded) ? folded.then(check) : check()) as DoneBy<Handler>;
  }

  private foldAll(handler: Handler, events: readonly Recorded<DomainEvent>[]): void | Promise<void> {
    for (const [index, event] of events.entries()) {
      const failed = (error: unknown) => this.failed(event, error);
      try {
        const handled = this.fold.handle(handler, event);
        if (handled === undefined) continue;
        return handled.then(() => this.foldAll(handler, events.slice(index + 1)), failed);
      } catch (error) {
        failed(error);
      }
    }
  }

  private failed({ type, position }: Recorded<DomainEvent>, error: unknown): never {
    const { name } = this.handlerClass;
    fail(`${name} failed at event ${position}, ${type}: ${(error as Error).message}`, error);
  }

  private check(expected: readonly object[], passedOver: readonly DomainEvent[]): void {
    const actual = this.contents();
    this.fill(expected);
    const also = passedOver.map(({ type }) => ` It does not list ${type} in @EventsHandler.`).join('');
    const wrong = `${this.handlerClass.name} should have left other rows.${also}`;
    compare(actual, this.contents(), wrong);
  }

  /** By the name of the entity, if there are several. */
  private contents(): unknown {
    const tables = [...this.fold.tables].map(
      ([{ name }, { rows }]) => [name, rows.map((row) => ({ ...row }))] as const,
    );
    return tables.length === 1 ? tables[0]![1] : Object.fromEntries(tables);
  }

  private fill(rows: readonly object[]): void {
    const tables = [...this.fold.tables.values()];
    for (const table of tables) table.clear();
    for (const row of rows) {
      const table = tables.length === 1 ? tables[0]! : tables.find(({ entity }) => row instanceof entity);
      if (table === undefined) {
        throw new Error(
          `${this.handlerClass.name} has several tables: give each its rows by rowsOf(Entity, { ... }).`,
        );
      }
      const unknown = Object.keys(row).find((property) => !table.columns.includes(property));
      if (unknown !== undefined) throw new Error(`${table.entity.name} has no column "${unknown}".`);
      if (table.find([row]).length > 0) throw new Error(`There are two rows ${table.describe(row)}.`);
      table.put([row]);
    }
  }
}
