import { WakeUp } from '../../event-sourcing/for-service.js';
import type { Delivery } from './delivered-message.js';

const LOOK_AGAIN_MS = 60_000;
/** The messages that one request asks for at least, unless half of the room is less. */
const AT_ONCE = 500;

interface Limits {
  maxMessages: number;
  maxBytes: number;
}

/** What more there is room for. */
export interface Room {
  messages: number;
  bytes: number;
}

/** A message, with what was made of it. */
interface Held {
  message: Delivery;
}

/**
 * The messages of this process between their delivery and their acknowledgement, in order. No more is asked of the
 * broker than there is room for.
 */
export class HeldMessages<Read extends Held> {
  /** In the order of their delivery. A message in work is among them. */
  private readonly held = new Map<Delivery, number>();
  private readonly waiting: Read[] = [];
  private bytes = 0;
  private closed = false;
  private readonly arrival = new WakeUp();
  private readonly space = new WakeUp();

  constructor(private readonly limits: Limits) {}

  get size(): number {
    return this.held.size;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** A message after `close` goes back to the broker. */
  add(read: Read): void {
    const { message } = read;
    if (this.closed) return message.nak();
    const size = sizeOf(message);
    this.held.set(message, size);
    this.bytes += size;
    this.waiting.push(read);
    this.arrival.ring();
  }

  /**
   * Resolves when much is free, so that few requests ask for much, and while enough is held to go on with; undefined
   * after `close`.
   */
  async room(): Promise<Room | undefined> {
    const { maxMessages, maxBytes } = this.limits;
    const free = Math.min(AT_ONCE, maxMessages / 2);
    while (!this.closed && (this.size > maxMessages - free || 2 * this.bytes > maxBytes)) {
      await this.space.wait(LOOK_AGAIN_MS);
    }
    return this.closed ? undefined : { messages: maxMessages - this.size, bytes: maxBytes - this.bytes };
  }

  /** Resolves when nothing is held. */
  async empty(): Promise<void> {
    while (!this.closed && this.size > 0) await this.space.wait(LOOK_AGAIN_MS);
  }

  /** The next messages, at least one; none after `close`. They are held until `release`. */
  async take(count: number): Promise<Read[]> {
    while (this.waiting.length === 0 && !this.closed) await this.arrival.wait(LOOK_AGAIN_MS);
    return this.closed ? [] : this.waiting.splice(0, count);
  }

  /** The message is acknowledged, or is the broker's again. */
  release(message: Delivery): void {
    this.bytes -= this.held.get(message) ?? 0;
    this.held.delete(message);
    this.space.ring();
  }

  /** Tells the broker that these messages are in work, so that it delivers them to no other process meanwhile. */
  keep(): void {
    for (const message of this.held.keys()) message.working();
  }

  /** Gives back to the broker what is not in work. Can be called again. */
  close(): void {
    this.closed = true;
    for (const { message } of this.waiting.splice(0)) {
      message.nak();
      this.release(message);
    }
    this.arrival.ring();
    this.space.ring();
  }
}

/** About the bytes that the message takes. */
function sizeOf({ subject, data, headers }: Delivery): number {
  const texts = (headers?.keys() ?? []).map((name) => name.length + headers!.values(name).join().length);
  return subject.length + data.length + texts.reduce((sum, length) => sum + length, 0);
}
