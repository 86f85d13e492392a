import { type AggregateClass, AggregateRoot } from '../event-sourcing/index.js';
import { isThenable } from '../event-sourcing/for-testing.js';
import { compare, fail } from './comparison.js';
import { asStored, recorded } from './past-events.js';

/** The events of an aggregate. */
export type EventOf<Aggregate extends AggregateRoot<any, any>> = Aggregate['uncommittedEvents'][number];

/**
 * The start of a test of a decision, without a database:
 *
 * ```ts
 * givenAggregate(Order, 'o1', new OrderPlaced({ ... }))
 *   .when((order) => order.pay(2_500))
 *   .then(new OrderPaid({ ... }));
 * ```
 *
 * @param id of the aggregate
 * @param past the events of its stream, oldest first; none for a new aggregate
 */
export function givenAggregate<Aggregate extends AggregateRoot<any, any>>(
  aggregateClass: AggregateClass<Aggregate>,
  id: string,
  ...past: readonly EventOf<Aggregate>[]
): GivenAggregate<Aggregate> {
  return new GivenAggregate(aggregateClass, id, past);
}

export class GivenAggregate<Aggregate extends AggregateRoot<any, any>> {
  constructor(
    private readonly aggregateClass: AggregateClass<Aggregate>,
    private readonly id: string,
    private readonly past: readonly EventOf<Aggregate>[],
  ) {}

  /**
   * The aggregate in the form in which a repository loads it: its events went through JSON, and its state is frozen.
   * Each call makes a new one.
   */
  load(): Aggregate {
    const aggregate = new this.aggregateClass(this.id);
    for (const event of recorded(`${this.aggregateClass.stream}-${this.id}`, this.past)) {
      aggregate.replay(event);
    }
    aggregate.restore(aggregate.stored);
    return aggregate;
  }

  /**
   * @param decide a business method, or a function that makes a new aggregate: `() => Order.place(...)`. `then` or
   * `thenRefused` calls it. If it returns a promise, these two return one, too: await them.
   */
  when(decide: (aggregate: Aggregate) => PromiseLike<unknown>): Decision<Aggregate, Promise<void>>;
  when(decide: (aggregate: Aggregate) => unknown): Decision<Aggregate, void>;
  when(decide: (aggregate: Aggregate) => unknown): Decision<Aggregate, unknown> {
    return new Decision(this.aggregateClass, () => this.load(), decide);
  }
}

/** The outcome of a decision. */
type Outcome = { raised: readonly AggregateRoot<any, any>['uncommittedEvents'][number][] } & (
  { refusal?: undefined } | { refusal: Error & { code?: unknown } }
);

export class Decision<Aggregate extends AggregateRoot<any, any>, Done> {
  constructor(
    private readonly aggregateClass: AggregateClass<Aggregate>,
    private readonly load: () => Aggregate,
    private readonly decide: (aggregate: Aggregate) => unknown,
  ) {}

  /**
   * Compares the raised events with these: type and data, in the form in which the log stores them. Without arguments,
   * it expects no event.
   *
   * @throws AssertionError also when the decision was refused
   */
  // oxlint-disable-next-line unicorn/no-thenable -- given, when, then: `await` of a `when` alone fails below
  then(...events: readonly EventOf<Aggregate>[]): Done {
    if (typeof events[0] === 'function') fail('This is no promise: end it with then(...events).');
    return this.check((name, { raised, refusal }) => {
      const wanted = events.length === 0 ? 'have raised nothing' : `have raised ${typesOf(events)}`;
      if (refusal) fail(`${name} should ${wanted}, and ${inWords(refusal)}`, refusal);
      compare(raised.map(shown), events.map(shown), `${name} should ${wanted}:`);
      const unlisted = raised.filter(
        (event) => !this.aggregateClass.events.some((each) => event instanceof each),
      );
      if (unlisted.length === 0) return;
      const { name: className } = this.aggregateClass;
      fail(
        `${name} raised ${typesOf(unlisted)}, and could not be loaded again: list the class in ${className}.events.`,
      );
    });
  }

  /**
   * Expects an error with this `code`, and no event before it.
   *
   * @throws AssertionError
   */
  thenRefused(code: string): Done {
    return this.check((name, { raised, refusal }) => {
      const wanted = `${name} should have refused with "${code}"`;
      if (refusal === undefined) fail(`${wanted}, and raised ${typesOf(raised)}.`);
      if (refusal.code !== code) fail(`${wanted}, and ${inWords(refusal)}`, refusal);
      if (raised.length === 0) return;
      fail(`${wanted} before it raised ${typesOf(raised)}: guards come first.`);
    });
  }

  private check(expectation: (name: string, outcome: Outcome) => void): Done {
    const aggregate = this.load();
    const name = `${this.aggregateClass.name} ${aggregate.id}`;
    const raised = (decided?: unknown) =>
      (decided instanceof AggregateRoot ? decided : aggregate).uncommittedEvents;
    const accept = (decided: unknown) => expectation(name, { raised: raised(decided) });
    const refuse = (refusal: unknown) => expectation(name, { raised: raised(), refusal: refusal as Error });
    let decided: unknown;
    try {
      decided = this.decide(aggregate);
    } catch (error) {
      return refuse(error) as Done;
    }
    return (isThenable(decided) ? Promise.resolve(decided).then(accept, refuse) : accept(decided)) as Done;
  }
}

const shown = ({ type, data }: EventOf<AggregateRoot<any, any>>) => ({
  type,
  data: asStored(data) as object,
});

const typesOf = (events: readonly { type: string }[]) =>
  events.length === 0 ? 'nothing' : events.map(({ type }) => type).join(', ');

function inWords(refusal: Error & { code?: unknown }): string {
  const { code, name, message } = refusal;
  return typeof code === 'string' ? `refused with "${code}": ${message}` : `failed: ${name}: ${message}`;
}
