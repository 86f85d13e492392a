import type { StoredEvent } from '../event/domain-event.js';
import type { LogPart } from './next-events.sql.js';

/** The most that is kept, beside the newest part: events, and bytes of their text. */
const EVENTS = 1_000;
const BYTES = 8 * 1_024 * 1_024;

/**
 * The last events that were handed out. All subscribers share them, so a slow subscriber costs no memory: when the
 * events behind its position are gone from here, it reads the log.
 */
export class RecentEvents {
  private parts: LogPart[] = [];
  private count = 0;
  private bytes = 0;

  add(part: LogPart): void {
    this.parts.push(part);
    this.count += part.events.length;
    this.bytes += part.bytes;
    while (this.parts.length > 1 && (this.count > EVENTS || this.bytes > BYTES)) this.dropFirst();
  }

  /** The events after a position; undefined when it does not have all of them. */
  after(position: number): StoredEvent[] | undefined {
    const [first] = this.parts;
    if (first === undefined || position < first.after) return undefined;
    return this.parts
      .filter(({ upTo }) => upTo > position)
      .flatMap(({ events }) => events.filter((event) => event.position > position));
  }

  clear(): void {
    [this.parts, this.count, this.bytes] = [[], 0, 0];
  }

  private dropFirst(): void {
    const { events, bytes } = this.parts.shift()!;
    this.count -= events.length;
    this.bytes -= bytes;
  }
}
