import { backOffDelay } from '../background/retry.js';
import { WakeUp } from '../background/wake-up.js';
import type { StoredEvent } from '../event/domain-event.js';
import { isToBeWaitedFor } from '../postgres/transient-failure.js';
import type { EventFilter } from './event-filter.js';
import type { LogTail } from './log-tail.js';

/**
 * The place of one subscriber in the log. While it waits, it is given the events that come. One that is busy then takes
 * them from the tail while these are kept there, and one that begins earlier, or is slow, reads the log by itself.
 */
export class EventSubscription {
  private readonly wakeUp = new WakeUp();
  /** Hands over the next events; undefined while it does not wait for them. */
  private hand: ((events: StoredEvent[]) => void) | undefined;
  /** The version of the filter's stream at the position, once it is known. */
  private version: number | undefined;

  constructor(
    readonly filter: EventFilter,
    private position: number,
    private readonly tail: LogTail,
    private readonly signal: AbortSignal,
  ) {}

  /** Gives it the events of its filter in the newest part of the log, which ends at `upTo`. */
  take(events: readonly StoredEvent[], upTo: number): void {
    if (this.hand === undefined) return;
    const next = events.filter(({ position }) => position > this.position);
    this.position = Math.max(this.position, upTo);
    this.deliver(next);
  }

  /** The events in the groups in which they are found. */
  async *groups(): AsyncGenerator<StoredEvent[]> {
    const end = () => {
      this.wakeUp.ring();
      this.deliver([]);
    };
    this.signal.addEventListener('abort', end);
    try {
      while (!this.signal.aborted) {
        const events = await this.next();
        if (events.length > 0) yield events;
      }
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
    return found.length > 0 ? found : new Promise((resolve) => (this.hand = resolve));
  }

  private deliver(events: StoredEvent[]): void {
    this.hand?.(events);
    this.hand = undefined;
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
