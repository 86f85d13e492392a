import type { JsMsg } from '@nats-io/jetstream';
import { WakeUp } from '../../event-sourcing/for-service.js';

const LOOK_AGAIN_MS = 60_000;

interface Limits {
  maxMessages: number;
  maxBytes: number;
}

/**
 * The messages of this process between their delivery and their acknowledgement, in order. It is full at so many
 * messages or bytes; then nothing more is asked of the broker.
 */
export class HeldMessages {
  /** In the order of their delivery. A message in work is among them. */
  private readonly held = new Map<JsMsg, number>();
  private readonly waiting: JsMsg[] = [];
  private bytes = 0;
  private closed = false;
  private readonly arrival = new WakeUp();
  private readonly room = new WakeUp();

  constructor(private readonly limits: Limits) {}

  get size(): number {
    return this.held.size;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** Resolves when there is room for the next message. A message after `close` goes back to the broker. */
  async add(message: JsMsg): Promise<void> {
    if (this.closed) return message.nak();
    const size = sizeOf(message);
    this.held.set(message, size);
    this.bytes += size;
    this.waiting.push(message);
    this.arrival.ring();
    while (this.isFull && !this.closed) await this.room.wait(LOOK_AGAIN_MS);
  }

  /** The next messages, at least one; none after `close`. They are held until `release`. */
  async take(count: number): Promise<JsMsg[]> {
    while (this.waiting.length === 0 && !this.closed) await this.arrival.wait(LOOK_AGAIN_MS);
    return this.closed ? [] : this.waiting.splice(0, count);
  }

  /** The message is acknowledged, or is the broker's again. */
  release(message: JsMsg): void {
    this.bytes -= this.held.get(message) ?? 0;
    this.held.delete(message);
    this.room.ring();
  }

  /** Tells the broker that these messages are in work, so that it delivers them to no other process meanwhile. */
  keep(): void {
    for (const message of this.held.keys()) message.working();
  }

  /** Gives back to the broker what is not in work. Can be called again. */
  close(): void {
    this.closed = true;
    for (const message of this.waiting.splice(0)) {
      message.nak();
      this.release(message);
    }
    this.arrival.ring();
    this.room.ring();
  }

  private get isFull(): boolean {
    return this.held.size >= this.limits.maxMessages || this.bytes >= this.limits.maxBytes;
  }
}

/** About the bytes that the message takes. */
function sizeOf({ subject, data, headers }: JsMsg): number {
  const texts = (headers?.keys() ?? []).map((name) => name.length + headers!.values(name).join().length);
  return subject.length + data.length + texts.reduce((sum, length) => sum + length, 0);
}
