import { ConcurrencyError } from '../errors.js';
import { AppendTicket, BasisNotStored } from '../log/append/append-ticket.js';
import type { AggregateRoot, StoredState } from './aggregate-root.js';
import type { DecisionLine, Tip } from './decision-line.js';

/** What a decision needs of the repository whose aggregate it is about. */
export interface DecisionParts<Aggregate> {
  /** Lets the work run when the decisions before it have; without a line in a caller's transaction. */
  inLine: <Result>(work: (line: DecisionLine | undefined) => Promise<Result>) => Promise<Result>;
  /** The aggregate as the cache has it, perhaps behind the log. */
  cached: () => Aggregate | undefined;
  /** As the log has it. @throws when it has no events */
  fresh: () => Promise<Aggregate>;
  restored: (state: StoredState) => Aggregate;
  /** The business rule. @throws also where the aggregate is not at the version that the caller has seen */
  decide: (aggregate: Aggregate) => void | Promise<void>;
  commit: (aggregate: Aggregate, ticket?: AppendTicket) => Promise<Aggregate>;
}

/** What is decided on. */
interface Base<Aggregate> {
  aggregate: Aggregate;
  /** Where its state is on its way into the log. */
  tip?: Tip;
  /** Whether the log may have newer events. */
  mayBeBehind?: boolean;
}

/** What a decision came to. */
interface Decided<Aggregate> {
  /** Of the stored state that it was taken on; undefined where that was on its way. */
  version: number | undefined;
  /** Gives the aggregate, or throws what the decision or its append came to. */
  outcome: () => Aggregate;
  isCurrent: boolean;
}

/**
 * A decision on an aggregate, taken again until it is certain that it was taken on the current state.
 *
 * A hot aggregate is decided on as this process has it, without a read. An append proves that state to be the current
 * one. Any other outcome (a refusal, nothing raised, another version than the caller has seen, a conflict) proves
 * nothing by itself: it is told when the state is known to be stored, or after the newer events were read; and where
 * there are any, the decision is taken again, at once.
 */
export class Decision<Aggregate extends AggregateRoot<any, any>> {
  constructor(private readonly parts: DecisionParts<Aggregate>) {}

  /** @param mayBeBehind whether it may begin with the state that the cache has */
  async untilCurrent(mayBeBehind: boolean): Promise<Aggregate> {
    let before: Decided<Aggregate> | undefined;
    for (let isFirst = true; ; isFirst = false) {
      const deciding = await this.parts.inLine(async (line) => {
        const base = await this.baseOf(line, mayBeBehind && isFirst);
        const isUnchanged = base.tip === undefined && base.aggregate.version === before?.version;
        return isUnchanged ? async () => ({ ...before!, isCurrent: true }) : this.decideOn(base, line);
      });
      const decided = await deciding(); // outside of the line, where others decide meanwhile
      if (decided.isCurrent) return decided.outcome();
      before = decided;
    }
  }

  /** What to decide on: what the decision before leaves, or what the cache has, or the log. */
  private async baseOf(line: DecisionLine | undefined, mayBeBehind: boolean): Promise<Base<Aggregate>> {
    const tip = line?.tip;
    if (tip !== undefined) return { aggregate: this.parts.restored(tip.state), tip };
    const hot = mayBeBehind ? this.parts.cached() : undefined;
    return hot === undefined ? { aggregate: await this.parts.fresh() } : { aggregate: hot, mayBeBehind };
  }

  /** Decides. What comes of it is known later. */
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

  /** A refusal, or nothing raised. */
  private async withoutAppend(base: Base<Aggregate>, outcome: () => Aggregate): Promise<Decided<Aggregate>> {
    const version = storedVersionOf(base);
    const { aggregate, tip, mayBeBehind = false } = base;
    if (tip === undefined) return { version, outcome, isCurrent: !mayBeBehind };
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
      ({ position }) => position,
      () => {
        ticket.settle('failed'); // also where it never came to the queue
        return undefined;
      },
    );
    line.follow({ state, ticket, stored });
    return committing;
  }
}

const storedVersionOf = ({ aggregate, tip }: Base<AggregateRoot<any, any>>) =>
  tip === undefined ? aggregate.version : undefined;

/** Whether the failure of an append is told, and the decision not taken again at once. */
function isTold(error: unknown, tip: Tip | undefined, mayBeBehind: boolean): boolean {
  if (error instanceof BasisNotStored) return false;
  // Of any other failure nobody knows what became of the append: it is never decided on again.
  if (!(error instanceof ConcurrencyError)) return true;
  return tip === undefined ? !mayBeBehind : tip.ticket.state === 'stored';
}

function throwing(error: unknown): never {
  throw error;
}
