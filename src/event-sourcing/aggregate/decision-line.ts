import { AsyncLocalStorage } from 'node:async_hooks';
import { Turnstile, TurnstileTimeout } from '../background/turnstile.js';
import type { AppendTicket } from '../log/append/append-ticket.js';
import type { StoredState } from './aggregate-root.js';

/**
 * How long a decision waits, in ms, for one before it on the same aggregate that awaits something. Then it goes beside
 * it, and the slower one meets a conflict.
 */
const PATIENCE_MS = 1_000;

/** The state that a decision leaves whose events are on their way into the log. */
export interface Tip {
  state: StoredState;
  ticket: AppendTicket;
  /** The position of its last event; undefined when it was not stored. */
  stored: Promise<number | undefined>;
}

/** The streams whose aggregates the running function decides on. */
interface Deciding {
  streamId: string;
  outer: Deciding | undefined;
}

const deciding = new AsyncLocalStorage<Deciding>();

/**
 * The commands on one aggregate that meet in this process. They decide one after the other, each on the state that the
 * one before it leaves, and do not wait for that state to be stored: their appends leave in one batch.
 *
 * Why that is safe:
 *
 * 1. A decision that raises events expects the version that the decision before it leaves. The log stores it at that
 *    version or not at all, and the version is there only when all events before it are. So what is stored was decided
 *    on what is stored.
 * 2. A decision that raises nothing, or refuses, is told only when the append that it was decided on is stored: its
 *    state was the current one at that moment.
 * 3. When an append fails, all that was decided on it fails as well, since its version is not there. Each decides again
 *    on a fresh state. Their conflict is with this process, not with another one, and costs them no try.
 */
export class DecisionLine {
  private last: Tip | undefined;
  private readonly turnstile = new Turnstile(() => 1);
  private present = 0;

  constructor(
    private readonly streamId: string,
    private readonly isOver: () => void,
  ) {}

  /** What the next decision builds on; undefined when what is stored tells it. */
  get tip(): Tip | undefined {
    const { last } = this;
    const isLost = last?.ticket.state === 'failed' || last?.ticket.basis?.state === 'failed';
    return isLost ? undefined : last;
  }

  /** Lets `decide` run when the decisions before it have; no other one on the aggregate runs meanwhile, in patience. */
  async pass<Result>(decide: () => Promise<Result>): Promise<Result> {
    let isIn = false;
    const work = () => {
      isIn = true;
      return deciding.run({ streamId: this.streamId, outer: deciding.getStore() }, decide);
    };
    this.present++;
    try {
      return await this.turnstile.pass(work, PATIENCE_MS);
    } catch (error) {
      if (isIn || !(error instanceof TurnstileTimeout)) throw error;
      return await work();
    } finally {
      this.present--;
      this.endIfEmpty();
    }
  }

  /** Notes the state that a decision leaves. It is the newest one until the cache knows it, too. */
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

/** Whether the running function is a decision on the aggregate of a stream: another one would wait for it. */
export function isDecidingOn(streamId: string): boolean {
  for (let frame = deciding.getStore(); frame !== undefined; frame = frame.outer)
    if (frame.streamId === streamId) return true;
  return false;
}
