import { type AggregateClass, AggregateRoot } from '../event-sourcing/index.js';
import { isThenable } from '../event-sourcing/for-testing.js';
import { compare, fail } from './comparison.js';
import { asStored, recorded } from './past-events.js';

/** What an aggregate raises. */
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
 * @param past the events of its stream, oldest first; none: it is a new one
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

  /** The aggregate as a repository loads it, each time anew: its events went through JSON, its state is frozen. */
  load(): Aggregate {
    const aggregate = new this.aggregateClass(this.id);
    for (const event of recorded(`${this.aggregateClass.stream}-${this.id}`, this.past)) {
      aggregate.replay(event);
    }
    aggregate.restore(aggregate.stored);
    return aggregate;
  }

  /**
   * @param decide a business method, or what makes a new aggregate: `() => Order.place(...)`. It is called when `then`
   * or `thenRefused` is. Where it answers with a promise, so do these two: await them.
   */
  when(decide: (aggregate: Aggregate) => PromiseLike<unknown>): Decision<Aggregate, Promise<void>>;
  when(decide: (aggregate: Aggregate) => unknown): Decision<Aggregate, void>;
  when(decide: (aggregate: Aggregate) => unknown): Decision<Aggregate, unknown> {
    return new Decision(this.aggregateClass, () => this.load(), decide);
  }
}

/** What came of a decision. */
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
   * Compares what was raised with these events: type and data, as the log stores them. None: nothing is to be raised.
   *
   * @throws AssertionError also when it was refused
   */
  // oxlint-disable-next-line unicorn/no-thenable -- given, when, then: whoever awaits a `when` alone is told below
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
   * Refused: it threw an error with this `code`, and had raised nothing before.
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
