/** How far a scan has come, in either direction. */
export class ScanCursor {
  private at: number;
  hasMoved = false;

  /** @param after a position, exclusive. Default: the end of the log that the scan leaves first. */
  constructor(
    private readonly direction: 'forwards' | 'backwards',
    /** The last position of the log. */
    readonly head: number,
    after?: number,
  ) {
    this.at = direction === 'forwards' ? (after ?? 0) : Math.min(after ?? Infinity, head + 1);
  }

  /** The position that was looked at last. */
  get to(): number {
    return this.direction === 'forwards' ? Math.min(this.at, this.head) : this.at;
  }

  get isAtEnd(): boolean {
    return this.direction === 'forwards' ? this.at >= this.head : this.at <= 1;
  }

  /** The next positions: those after `after`, up to `upTo`. */
  next(size: number): { after: number; upTo: number } {
    const { at, head } = this;
    return this.direction === 'forwards'
      ? { after: at, upTo: Math.min(at + size, head) }
      : { after: Math.max(at - 1 - size, 0), upTo: at - 1 };
  }

  /** Notes that a window was looked at: up to a position when its page was cut, or else to its end. */
  passed({ after, upTo }: { after: number; upTo: number }, cutAt?: number): void {
    this.hasMoved = true;
    this.at = cutAt ?? (this.direction === 'forwards' ? upTo : after + 1);
  }
}
