import { ConcurrencyLimit, ConcurrencyLimitTimeout } from '../background/concurrency-limit.js';
import type { AppendTicket } from '../log/append/append-ticket.js';
import type { StoredState } from './aggregate-root.js';

/**
 * How long a decision waits, in ms, for an earlier decision on the same aggregate that awaits something. After that
 * both run at the same time, and the slower one meets a conflict.
 */
const PATIENCE_MS = 1_000;

/** The state that a decision leaves while its events are on their way into the log. */
export interface Tip {
  state: StoredState;
  ticket: AppendTicket;
  /** The position of the decision's last event; undefined when the events were not stored. */
  stored: Promise<number | undefined>;
}

/**
 * The concurrent commands of this process on one aggregate. They decide one after the other, each on the state that the
 * one before leaves. They do not wait until that state is stored: their appends leave in one batch.
 *
 * Why that is safe:
 *
 * 1. A decision that raises events expects the version that the earlier decision leaves. The log stores the events at
 *    that version or not at all, and the version exists only when all earlier events are stored. So a stored decision
 *    was made on a stored state.
 * 2. A decision that raises nothing, or refuses, is answered only when the append that it was decided on is stored: its
 *    state was the current one at that moment.
 * 3. When an append fails, all decisions made on it fail as well, since their version does not exist. Each decides
 *    again on a fresh state. This conflict is within the process, not with another one, and does not count as an
 *    attempt.
 */
export class DecisionLine {
  private last: Tip | undefined;
  private readonly oneAtATime = new ConcurrencyLimit(() => 1);
  private present = 0;

  constructor(private readonly isOver: () => void) {}

  /** The state that the next decision builds on; undefined when the next decision reads the stored state. */
  get tip(): Tip | undefined {
    const { last } = this;
    const isLost = last?.ticket.state === 'failed' || last?.ticket.basis?.state === 'failed';
    return isLost ? undefined : last;
  }

  /**
   * Runs `decide` when the earlier decisions have ended. No other decision on the aggregate runs meanwhile, unless one
   * has waited longer than `PATIENCE_MS`.
   */
  async pass<Result>(decide: () => Promise<Result>): Promise<Result> {
    let isIn = false;
    const work = () => {
      isIn = true;
      return decide();
    };
    this.present++;
    try {
      return await this.oneAtATime.run(work, PATIENCE_MS);
    } catch (error) {
      if (isIn || !(error instanceof ConcurrencyLimitTimeout)) throw error;
      return await work();
    } finally {
      this.present--;
      this.endIfEmpty();
    }
  }

  /** Notes the state that a decision leaves. It is the newest one until the cache has it too. */
  follow(tip: Tip): void {
    this.last = tip;
    void tip.stored.then(() => {
      if (this.last === tip) this.last = undefined;
      this.endIfEmpty();
    });
  }

  private endIfEmpty(): void {
    if (this.present === 0 && this.last === undefined) this.isOver();
  }
}
