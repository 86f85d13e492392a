import { backOffDelay } from '../background/retry.js';
import { WakeUp } from '../background/wake-up.js';
import { isToBeWaitedFor } from '../postgres/transient-failure.js';
import { NotCaughtUpError } from '../projection/projection-errors.js';
import type { WatchedProjection, Watcher } from './watched-projection.js';

/** The longest sleep of a watcher without a change, in ms. */
const IDLE_MS = 60_000;

/**
 * Reads rows.
 *
 * @param after the position that the rows must have, for `ProjectionProgress.read`; undefined when the rows are to be
 *   read as they are
 */
export type ReadRows<Answer> = (after: number | undefined) => Promise<Answer>;

/** An answer about rows that have folded a position. */
export interface Watched<Answer> {
  position: number;
  answer: Answer;
}

interface WatchParts {
  projection: WatchedProjection;
  /** Where the projection and the end of the log are now. */
  places: () => Promise<{ folded: number; head: number }>;
  intervalMs: number;
  /** Runs a read outside of the transaction and the message of the subscriber's request. */
  outside: <Result>(work: () => Result) => Result;
  signal: AbortSignal;
}

/** One watcher of rows: it reads them at first, and again after changes, but not more often than the interval says. */
export class RowWatch<Answer> implements Watcher {
  private readonly wakeUp = new WakeUp();
  private changedAt: number | undefined;
  /** The earliest time of the next read, on the clock of `performance.now()`. */
  private due = 0;

  constructor(
    readonly key: string | undefined,
    private readonly read: ReadRows<Answer>,
    private readonly parts: WatchParts,
  ) {}

  changed(position: number): void {
    this.changedAt = position;
    this.wakeUp.ring();
  }

  async *answers(): AsyncGenerator<Watched<Answer>> {
    const { projection, signal } = this.parts;
    const end = () => this.wakeUp.ring();
    if (signal.aborted) return;
    signal.addEventListener('abort', end);
    try {
      await projection.add(this);
      yield await this.first();
      for (;;) {
        const next = await this.next();
        if (next === undefined) return;
        yield next;
      }
    } finally {
      signal.removeEventListener('abort', end);
      projection.remove(this);
    }
  }

  /**
   * The rows as they are. Events that are in the log by now, and not in the rows, come without a further notice, so the
   * rows are read again when they are folded.
   */
  private async first(): Promise<Watched<Answer>> {
    const { folded, head } = await this.parts.places();
    const since = performance.now();
    const answer = await this.readFirst(folded, head);
    this.rest(since);
    if (folded < head) this.parts.projection.touch(this, head);
    return { position: folded, answer };
  }

  /** The rows of a parked key are shown as they are, as a query would. They are read again when the key moves on. */
  private async readFirst(folded: number, head: number): Promise<Answer> {
    try {
      return await this.read(folded);
    } catch (error) {
      if (!(error instanceof NotCaughtUpError)) throw error;
      const answer = await this.read(undefined);
      this.parts.projection.touch(this, head);
      return answer;
    }
  }

  /** Undefined at the end. */
  private async next(): Promise<Watched<Answer> | undefined> {
    const { signal, outside } = this.parts;
    for (let failures = 0; !signal.aborted;) {
      const position = await this.change();
      if (position === undefined) break;
      try {
        const answer = await outside(() => this.read(position));
        return { position, answer };
      } catch (error) {
        if (!isToBeWaitedFor(error)) throw error;
        this.changedAt ??= position;
        await this.wakeUp.pause(backOffDelay(++failures, 250), () => signal.aborted);
      }
    }
    return undefined;
  }

  /** Waits for a change and for the time of the next read. @returns its position; undefined at the end */
  private async change(): Promise<number | undefined> {
    const { signal } = this.parts;
    while (this.changedAt === undefined && !signal.aborted) await this.wakeUp.wait(IDLE_MS);
    await this.wakeUp.pause(this.due - performance.now(), () => signal.aborted);
    const position = signal.aborted ? undefined : this.changedAt;
    this.changedAt = undefined;
    this.rest(Math.max(this.due, performance.now()));
    return position;
  }

  /**
   * All watchers of a process read at the same multiples of the interval. So equal queries come together, and can share
   * a statement.
   */
  private rest(since: number): void {
    const { intervalMs } = this.parts;
    this.due = intervalMs === 0 ? 0 : Math.ceil((since + intervalMs) / intervalMs) * intervalMs;
  }
}
