/** During a backlog, turns grow up to this multiple of their usual size. */
const GROWTH = 8;

/**
 * The most positions of the log that the next turn of the living rows covers. A turn that leaves events behind doubles
 * it, and one that has caught up brings it back to the usual size: `turns.size` (4,000). A turn also ends at
 * `turns.maxRows` changed rows. Turns of a rebuild cover `turns.rebuildSize` positions (200,000).
 */
export class TurnSize {
  /** In positions. */
  next: number;

  constructor(private readonly usual: number) {
    this.next = usual;
  }

  /** @param isBehind whether the log went further than the turn */
  folded(isBehind: boolean): void {
    this.next = isBehind ? Math.min(this.next * 2, this.usual * GROWTH) : this.usual;
  }
}
