import { Readable } from 'node:stream';
import { COMMENT } from './live-frame.js';

/** How often a quiet feed gets a comment, and how long a client may take nothing, in ms. */
const LOOK_MS = 15_000;
/** The bytes that wait for a slow client, beside those in the buffers of its connection. */
export const WAITING_BYTES = 16_384;
/** The longest time of a timer of Node.js, in ms. */
const LONGEST_MS = 2 ** 31 - 1;

export interface LiveBodyOptions {
  /** The time at which the feed ends, such as the expiry of a token. */
  until?: Date | undefined;
  /** Cuts the connection of a client that takes nothing for long. */
  cut: () => void;
  /** Called once at the end. */
  ended: () => void;
}

/**
 * The body of a feed. A frame is asked for when the client has taken the ones before, so a slow client costs no memory.
 * A client that takes nothing between two looks is cut off: it connects again when it can, and resumes.
 */
export class LiveBody extends Readable {
  private readonly looking: NodeJS.Timeout;
  private readonly expiry: NodeJS.Timeout | undefined;
  private isAsking = false;
  private asked = 0;
  private askedAtLook = -1;
  private isOver = false;

  constructor(
    private readonly frames: AsyncIterator<Buffer>,
    private readonly options: LiveBodyOptions,
  ) {
    super({ highWaterMark: WAITING_BYTES });
    this.push(COMMENT);
    this.looking = setInterval(() => this.look(), LOOK_MS);
    const { until } = options;
    if (until === undefined) return;
    this.expiry = setTimeout(() => this.end(), Math.min(until.getTime() - Date.now(), LONGEST_MS));
  }

  /** Ends the feed in order: the client may connect again. */
  end(): void {
    if (this.isOver || this.destroyed) return;
    this.push(null);
    this.close();
  }

  override _read(): void {
    if (!this.isAsking && !this.isOver) void this.ask();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.close();
    callback(error);
  }

  /** An error ends the feed. The client learns the reason when it connects again. */
  private async ask(): Promise<void> {
    this.isAsking = true;
    this.asked++;
    const next = await this.frames.next().catch(() => undefined);
    this.isAsking = false;
    if (this.isOver) return;
    if (next === undefined || next.done === true) this.end();
    else this.push(next.value);
  }

  private look(): void {
    if (this.isAsking) this.push(COMMENT);
    else if (this.asked === this.askedAtLook) this.options.cut();
    this.askedAtLook = this.asked;
  }

  private close(): void {
    if (this.isOver) return;
    this.isOver = true;
    clearInterval(this.looking);
    clearTimeout(this.expiry);
    void this.frames.return?.();
    this.options.ended();
  }
}
