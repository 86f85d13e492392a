import { setImmediate as turn } from 'node:timers/promises';
import { WakeUp } from '../../event-sourcing/for-service.js';

export interface WindowLimits {
  events: number;
  bytes: number;
}

/** How long a waiting publisher sleeps at most between two looks, in ms. The window wakes it earlier. */
const LOOK_MS = 60_000;
/** The part of a full window below which publications go on. */
const REFILL_BELOW = 0.75;

/**
 * Publications that are sent and not acknowledged. They are bounded in number and in bytes; a larger one is sent alone.
 * The first failure ends the window, until it begins anew: the publications behind it expect the failed one before
 * them, so the broker refuses them as well.
 */
export class PublishWindow {
  private events = 0;
  private bytes = 0;
  private failure: Error | undefined;
  private readonly changed = new WakeUp();

  /** @param onFailure called at the first failure */
  constructor(
    private readonly limits: WindowLimits,
    private readonly onFailure: () => void,
  ) {}

  /** Forgets the failure of before. Nothing may be under way. */
  begin(): void {
    this.failure = undefined;
  }

  /** Whether a publication of this size may be sent now. @throws the first failure */
  hasRoom(bytes: number): boolean {
    this.requireSound();
    return this.isWithin(this.limits, bytes);
  }

  /**
   * Resolves when a full window has room again for this one and for a share of others. What is published without a
   * pause leaves in one write, and a write for each publication took a quarter of the processor.
   *
   * @throws the first failure
   */
  async room(bytes: number): Promise<void> {
    const limits = { ...this.limits, events: this.limits.events * REFILL_BELOW };
    while (this.failure === undefined && !this.isWithin(limits, bytes)) {
      await this.changed.wait(LOOK_MS);
      await turn(); // takes in all acknowledgements that have arrived
    }
    this.requireSound();
  }

  /** Takes in a publication that is sent. */
  add(bytes: number): void {
    this.count(1, bytes);
  }

  /** The fate of a publication of this size is known. */
  end(bytes: number, error?: Error): void {
    if (error !== undefined) this.fail(error);
    this.count(-1, -bytes);
  }

  /** @throws the first failure */
  requireSound(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  /** Resolves when the fate of all publications is known. */
  async settled(): Promise<void> {
    while (this.events > 0) await this.changed.wait(LOOK_MS);
  }

  private isWithin(limits: WindowLimits, bytes: number): boolean {
    return this.events === 0 || (this.events < limits.events && this.bytes + bytes <= limits.bytes);
  }

  private count(events: number, bytes: number): void {
    this.events += events;
    this.bytes += bytes;
    if (events < 0) this.changed.ring();
  }

  private fail(error: Error): void {
    if (this.failure !== undefined) return;
    this.failure = error;
    this.onFailure();
  }
}
