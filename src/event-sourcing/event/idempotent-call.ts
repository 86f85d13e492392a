import type { ResolvedOptions } from '../options.js';

/** A call that may be repeated. The log remembers its events under its key. See `IdempotencyKeys`. */
export class IdempotentCall {
  /** Data for the answer to a repeat, besides the positions of the events. It must survive JSON. */
  kept: object | undefined;
  /** Whether its work has ended. A task that it has left running is no part of it. */
  isOver = false;
  private taken = false;

  /**
   * @param store the options of the event store that keeps the key; appends to another store do not belong to the call
   * @param fingerprint distinguishes two requests under one key
   */
  constructor(
    readonly store: ResolvedOptions,
    readonly key: string,
    readonly fingerprint: string,
  ) {}

  /** Whether the call has appended its events, or handed them to a transaction. Its key is then taken. */
  get hasTakenKey(): boolean {
    return this.taken;
  }

  /** Notes that the appended or pending events have taken the key. */
  takeKey(): void {
    this.taken = true;
  }

  /** Notes that nothing was appended, or that its transaction was rolled back. */
  freeKey(): void {
    this.taken = false;
  }
}
