import type { AppendTicket } from '../log/append/append-ticket.js';
import type { StoredState } from './aggregate-root.js';

/**
 * How long a decision may take, in ms, while another one waits for it. After that the next one begins, and the slower
 * one of both meets a conflict.
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
 * 2. A decision that raises nothing, or refuses, is answered only when the append that it was decided on is stored, or,
 *    on a state from the cache, when the log has nothing newer: its state was the current one at that moment.
 * 3. When an append fails, all decisions made on it fail as well, since their version does not exist. Each decides
 *    again on a fresh state. This conflict is within the process, not with another one, and does not count as an
 *    attempt.
 *
 * Each append that the log refuses makes the decisions behind it come again. So it halves the number of decisions whose
 * events may be on their way at once, and each success adds one: many refusals cost as many decisions again, not their
 * square.
 */
export class DecisionLine {
  private last: Tip | undefined;
  /** The number of the decision that runs; undefined when none does. */
  private running: number | undefined;
  private begun = 0;
  /** When it began to decide; `Infinity` while it waits for room. */
  private beganAt = 0;
  private readonly waiting: (() => void)[] = [];
  private patience: NodeJS.Timeout | undefined;
  private present = 0;
  /** Decisions whose events are on their way, and how many there may be. */
  private unstored = 0;
  private mostUnstored = Infinity;
  private madeRoom: (() => void) | undefined;

  constructor(private readonly isOver: () => void) {}

  /** The state that the next decision builds on; undefined when the next decision reads the stored state. */
  get tip(): Tip | undefined {
    const { last } = this;
    const isLost = last?.ticket.state === 'failed' || last?.ticket.basis?.state === 'failed';
    return isLost ? undefined : last;
  }

  /**
   * Runs `decide` when the earlier decisions have ended. No other decision on the aggregate runs meanwhile, unless this
   * one takes longer than `PATIENCE_MS`.
   */
  async pass<Result>(decide: () => Promise<Result>): Promise<Result> {
    this.present++;
    const own = this.running === undefined ? this.begin() : await this.turn();
    try {
      if (this.unstored >= this.mostUnstored) await this.waitForRoom();
      return await decide();
    } finally {
      this.end(own);
      this.present--;
      this.endIfEmpty();
    }
  }

  /** Notes the state that a decision leaves. It is the newest one until the cache has it too. */
  follow(tip: Tip): void {
    this.last = tip;
    this.unstored++;
    void tip.stored.then((position) => {
      this.unstored--;
      if (position !== undefined) this.mostUnstored++;
      this.madeRoom?.();
      if (this.last === tip) this.last = undefined;
      this.endIfEmpty();
    });
  }

  /** The log has refused the append of a decision, so those behind it were in vain. */
  narrow(): void {
    this.mostUnstored = Math.max(1, Math.floor(Math.min(this.mostUnstored, this.unstored) / 2));
  }

  private turn(): Promise<number> {
    return new Promise((resolve) => {
      this.waiting.push(() => resolve(this.begin()));
      if (this.patience === undefined) this.watch();
    });
  }

  /** The decision keeps its turn meanwhile, however long that is. */
  private async waitForRoom(): Promise<void> {
    this.beganAt = Infinity;
    while (this.unstored >= this.mostUnstored) await new Promise<void>((done) => (this.madeRoom = done));
    this.beganAt = performance.now();
  }

  private begin(): number {
    this.running = ++this.begun;
    this.beganAt = performance.now();
    if (this.waiting.length > 0) this.watch();
    return this.running;
  }

  /** Ends the turn of the decision that runs when its time is over. */
  private watch(): void {
    const { running } = this;
    const leftMs = () => this.beganAt + PATIENCE_MS - performance.now();
    const look = () => (leftMs() <= 0 ? this.end(running) : this.watch());
    this.patience = setTimeout(look, Math.min(leftMs(), PATIENCE_MS));
  }

  /** The next decision begins, unless this one had lost its turn. */
  private end(turn: number | undefined): void {
    if (turn !== this.running) return;
    clearTimeout(this.patience);
    this.patience = this.running = undefined;
    this.waiting.shift()?.();
  }

  private endIfEmpty(): void {
    if (this.present === 0 && this.last === undefined) this.isOver();
  }
}
