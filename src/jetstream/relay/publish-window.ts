import { WakeUp } from '../../event-sourcing/for-service.js';

export interface WindowLimits {
  events: number;
  bytes: number;
}

/** How long a waiting publisher sleeps at most between two looks, in ms. The window wakes it earlier. */
const LOOK_MS = 60_000;

/**
 * Publications that are sent and not acknowledged. They are bounded in number and in bytes; a larger one is sent alone.
 * The first failure ends the window: the publications behind it expect the failed one before them, so the broker
 * refuses them as well.
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

  /** Resolves when a publication of this size may be sent. @throws the first failure */
  async room(bytes: number): Promise<void> {
    while (this.failure === undefined && !this.hasRoom(bytes)) await this.changed.wait(LOOK_MS);
    this.requireSound();
  }

  /** Takes in a publication that is sent. */
  add(bytes: number, publication: Promise<unknown>): void {
    this.count(1, bytes);
    void publication.catch((error: Error) => this.fail(error)).finally(() => this.count(-1, -bytes));
  }

  /** @throws the first failure */
  requireSound(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  /** Resolves when the fate of all publications is known. */
  async settled(): Promise<void> {
    while (this.events > 0) await this.changed.wait(LOOK_MS);
  }

  private hasRoom(bytes: number): boolean {
    return this.events === 0 || (this.events < this.limits.events && this.bytes + bytes <= this.limits.bytes);
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
