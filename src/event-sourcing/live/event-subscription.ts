import { backOffDelay } from '../background/retry.js';
import { WakeUp } from '../background/wake-up.js';
import type { StoredEvent } from '../event/domain-event.js';
import { isToBeWaitedFor } from '../postgres/transient-failure.js';
import type { EventFilter } from './event-filter.js';
import type { LogTail } from './log-tail.js';

/** The longest sleep of a subscriber without an event, in ms. */
const IDLE_MS = 60_000;

/**
 * The place of one subscriber in the log. It takes events from the tail while these are kept there. A subscriber that
 * begins earlier, or is slow, reads the log by itself until it has caught up.
 */
export class EventSubscription {
  private readonly wakeUp = new WakeUp();
  private isWaiting = false;
  /** The version of the filter's stream at the position, once it is known. */
  private version: number | undefined;

  constructor(
    readonly filter: EventFilter,
    private position: number,
    private readonly tail: LogTail,
    private readonly signal: AbortSignal,
  ) {}

  /** Wakes it for an event of its filter that comes after `position`: all events up to there are not for it. */
  wake(position: number): void {
    if (this.isWaiting) this.position = Math.max(this.position, position);
    this.isWaiting = false;
    this.wakeUp.ring();
  }

  async *events(): AsyncGenerator<StoredEvent> {
    const end = () => this.wakeUp.ring();
    this.signal.addEventListener('abort', end);
    try {
      while (!this.signal.aborted) yield* await this.next();
    } finally {
      this.signal.removeEventListener('abort', end);
    }
  }

  /** The next events; none when it only came further. */
  private async next(): Promise<StoredEvent[]> {
    const recent = this.tail.since(this.position);
    if (recent === undefined) return this.catchUp();
    this.position = Math.max(this.position, this.tail.position);
    this.version = undefined;
    const found = recent.filter((event) => this.filter.accepts(event));
    if (found.length === 0) await this.wait();
    return found;
  }

  private async wait(): Promise<void> {
    this.isWaiting = true;
    await this.wakeUp.wait(IDLE_MS);
    if (this.isWaiting) this.position = Math.max(this.position, this.tail.position);
    this.isWaiting = false;
  }

  /** Reads the next part of the log, up to the tail. It waits for a database that is away. */
  private async catchUp(): Promise<StoredEvent[]> {
    for (let failures = 0; !this.signal.aborted;) {
      try {
        return await this.readOn();
      } catch (error) {
        if (!isToBeWaitedFor(error)) throw error;
        await this.wakeUp.pause(backOffDelay(++failures, 100), () => this.signal.aborted);
      }
    }
    return [];
  }

  private async readOn(): Promise<StoredEvent[]> {
    const { filter, position, tail } = this;
    if (filter.streamId !== undefined) this.version ??= await tail.log.versionAt(filter.streamId, position);
    const part = await tail.log.find(filter, { position, version: this.version }, tail.position);
    this.position = part.upTo;
    this.version = part.events.at(-1)?.version ?? this.version;
    return part.events;
  }
}
