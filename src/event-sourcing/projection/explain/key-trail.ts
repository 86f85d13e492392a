/** What was found in the log about one key. It is kept as a cache only: the log tells it again. */
import type { StoredEvent } from '../../event/domain-event.js';
import type { KeyFold } from './key-fold.js';
import { SharedRows } from './shared-rows.js';

export class KeyTrail {
  /** Positions of the events of the key, in order. */
  readonly positions: number[] = [];
  /** All positions up to here were looked at. */
  scannedTo = 0;
  /** The last version that was looked at, where the key is a stream. */
  version = 0;
  /** Whether events of other keys touch the rows of the key. */
  readonly shared = new SharedRows();
  /** The fold as far as an earlier request has come. */
  fold: KeyFold | undefined;

  /** Notes the events of the next window, which ends at `to`. */
  found(events: readonly Pick<StoredEvent, 'position'>[], to: number): void {
    for (const { position } of events) this.positions.push(position);
    this.scannedTo = to;
  }

  /** Positions after `after` up to `upTo`, at most `limit`. */
  between(after: number, upTo: number, limit: number): number[] {
    const from = this.placeAfter(after);
    return this.positions.slice(from, Math.min(this.placeAfter(upTo), from + limit));
  }

  /** The size in memory, in words. */
  get size(): number {
    return 1 + this.positions.length + this.shared.size * 8 + (this.fold?.size ?? 0) * 16;
  }

  /** The number of positions up to `position`. */
  private placeAfter(position: number): number {
    let [low, high] = [0, this.positions.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.positions[middle]! <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
