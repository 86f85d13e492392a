import type { WindowPart } from '../../event-sourcing/for-service.js';
import type { StoredEvent } from '../../event-sourcing/index.js';

/** Events that have arrived and wait for their windows, in order, with the bytes of their messages. */
export class EventsAhead {
  private held: { event: StoredEvent; bytes: number }[] = [];
  private total = 0;

  get length(): number {
    return this.held.length;
  }

  get bytes(): number {
    return this.total;
  }

  add(event: StoredEvent, bytes: number): void {
    this.held.push({ event, bytes });
    this.total += bytes;
  }

  forgetUpTo(position: number): void {
    const left = this.held.findIndex(({ event }) => event.position > position);
    const forgotten = this.held.splice(0, left === -1 ? this.held.length : left);
    for (const { bytes } of forgotten) this.total -= bytes;
  }

  /**
   * The first events of a window that ends at `upTo`.
   *
   * @param hasAll whether all events of the window have arrived; otherwise one at least
   */
  part({ upTo, maxCount, hasAll }: { upTo: number; maxCount: number; hasAll: boolean }): WindowPart {
    const end = this.held.findIndex(({ event }) => event.position > upTo);
    const first = this.held.slice(0, Math.min(end === -1 ? Infinity : end, maxCount));
    const isWhole = hasAll && first.length < maxCount;
    return {
      events: first.map(({ event }) => event),
      upTo: isWhole ? upTo : first.at(-1)!.event.position,
    };
  }

  clear(): void {
    this.held = [];
    this.total = 0;
  }
}
