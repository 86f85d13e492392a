import { AppendLockTimeoutError, ConcurrencyError } from '../log/append/append-errors.js';
import { AppendTicket, BasisNotStored } from '../log/append/append-ticket.js';
import type { AggregateRoot, StoredState } from './aggregate-root.js';
import type { DecisionLine, Tip } from './decision-line.js';

/** The parts of a repository that a decision uses. */
export interface DecisionParts<Aggregate> {
  /** Runs the work when the earlier decisions have ended. In a caller's transaction there is no line. */
  inLine: <Result>(work: (line: DecisionLine | undefined) => Promise<Result>) => Promise<Result>;
  /** The aggregate from the cache; it may be behind the log. */
  cached: () => Aggregate | undefined;
  /** Whether the log has no newer events than the aggregate. Many callers are told together. */
  isCurrent: (aggregate: Aggregate) => Promise<boolean>;
  /** The aggregate from the log. @throws when it has no events */
  fresh: () => Promise<Aggregate>;
  restored: (state: StoredState) => Aggregate;
  /** The business rule. @throws also when the aggregate is not at the version that the caller has seen */
  decide: (aggregate: Aggregate) => void | Promise<void>;
  commit: (aggregate: Aggregate, ticket?: AppendTicket) => Promise<Aggregate>;
}

/** The aggregate that is decided on. */
interface Base<Aggregate> {
  aggregate: Aggregate;
  /** Present while the events of its state are on their way into the log. */
  tip?: Tip;
  /** Whether the log may have newer events. */
  mayBeBehind?: boolean;
}

/** The result of a decision. */
interface Decided<Aggregate> {
  /** The version of the stored state that the decision was made on; undefined when that state was not stored yet. */
  version: number | undefined;
  /** Returns the aggregate, or throws the error of the decision or of its append. */
  outcome: () => Aggregate;
  isCurrent: boolean;
}

/**
 * A decision on an aggregate, repeated until it is certain that it was made on the current state.
 *
 * A hot aggregate is decided on from the cache, without a read. A successful append proves that its state is the
 * current one. Any other outcome (a refusal, nothing raised, another version than the caller has seen, a conflict)
 * proves nothing by itself. It is answered when its state is known to be stored and the newest one. When there are
 * newer events, they are read, and the decision is repeated at once.
 */
export class Decision<Aggregate extends AggregateRoot<any, any>> {
  constructor(private readonly parts: DecisionParts<Aggregate>) {}

  /** @param mayBeBehind whether the first decision may use the cached state */
  async untilCurrent(mayBeBehind: boolean): Promise<Aggregate> {
    let before: Decided<Aggregate> | undefined;
    for (let isFirst = true; ; isFirst = false) {
      const deciding = await this.parts.inLine(async (line) => {
        const base = await this.baseOf(line, mayBeBehind && isFirst);
        const isUnchanged = base.tip === undefined && base.aggregate.version === before?.version;
        return isUnchanged ? async () => ({ ...before!, isCurrent: true }) : this.decideOn(base, line);
      });
      const decided = await deciding(); // outside of the line, so that others can decide meanwhile
      if (decided.isCurrent) return decided.outcome();
      before = decided;
    }
  }

  /**
   * The aggregate to decide on: the state that the earlier decision leaves, or the cached one, or the one in the log.
   */
  private async baseOf(line: DecisionLine | undefined, mayBeBehind: boolean): Promise<Base<Aggregate>> {
    const tip = line?.tip;
    if (tip !== undefined) return { aggregate: this.parts.restored(tip.state), tip };
    const hot = mayBeBehind ? this.parts.cached() : undefined;
    return hot === undefined ? { aggregate: await this.parts.fresh() } : { aggregate: hot, mayBeBehind };
  }

  /** Decides, and returns a function that waits for the result. */
  private async decideOn(
    base: Base<Aggregate>,
    line: DecisionLine | undefined,
  ): Promise<() => Promise<Decided<Aggregate>>> {
    const { aggregate } = base;
    try {
      await this.parts.decide(aggregate);
    } catch (error) {
      return () => this.withoutAppend(base, () => throwing(error));
    }
    if (aggregate.uncommittedEvents.length === 0) return () => this.withoutAppend(base, () => aggregate);
    const version = storedVersionOf(base);
    const committing = this.commitInLine(aggregate, line, base.tip);
    return () => this.byAppend(committing, base, version);
  }

  /** The result of a decision that refused or raised nothing. */
  private async withoutAppend(base: Base<Aggregate>, outcome: () => Aggregate): Promise<Decided<Aggregate>> {
    const version = storedVersionOf(base);
    const { aggregate, tip, mayBeBehind = false } = base;
    if (tip === undefined)
      return { version, outcome, isCurrent: !mayBeBehind || (await this.parts.isCurrent(aggregate)) };
    const position = await tip.stored;
    if (position !== undefined && aggregate.uncommittedEvents.length === 0)
      aggregate.restore({ ...aggregate.stored, position });
    return { version, outcome, isCurrent: position !== undefined };
  }

  private async byAppend(
    committing: Promise<Aggregate>,
    { tip, mayBeBehind = false }: Base<Aggregate>,
    version: number | undefined,
  ): Promise<Decided<Aggregate>> {
    try {
      const aggregate = await committing;
      return { version, outcome: () => aggregate, isCurrent: true };
    } catch (error) {
      return { version, outcome: () => throwing(error), isCurrent: isTold(error, tip, mayBeBehind) };
    }
  }

  private commitInLine(
    aggregate: Aggregate,
    line: DecisionLine | undefined,
    tip: Tip | undefined,
  ): Promise<Aggregate> {
    if (line === undefined) return this.parts.commit(aggregate);
    const ticket = new AppendTicket(tip?.ticket);
    const state = aggregate.next;
    const committing = this.parts.commit(aggregate, ticket);
    const stored = committing.then(
      ({ position }) => {
        if (ticket.state === 'stored') return position;
        line.narrow(); // its events were stored long ago
        return undefined;
      },
      (error: unknown) => {
        ticket.settle('failed'); // also when the append never reached the queue
        if (!(error instanceof BasisNotStored || error instanceof AppendLockTimeoutError)) line.narrow();
        return undefined;
      },
    );
    line.follow({ state, ticket, stored });
    return committing;
  }
}

const storedVersionOf = ({ aggregate, tip }: Base<AggregateRoot<any, any>>) =>
  tip === undefined ? aggregate.version : undefined;

/** Whether the caller gets the failure of an append. Otherwise the decision is repeated at once. */
function isTold(error: unknown, tip: Tip | undefined, mayBeBehind: boolean): boolean {
  if (error instanceof BasisNotStored) return false;
  // After any other failure the fate of the append is unknown: the decision is never repeated.
  if (!(error instanceof ConcurrencyError)) return true;
  return tip === undefined ? !mayBeBehind : tip.ticket.state === 'stored';
}

function throwing(error: unknown): never {
  throw error;
}
