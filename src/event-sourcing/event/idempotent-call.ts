import type { ResolvedOptions } from '../options.js';

/** A call that may come again: what it appends is remembered under its key. See `IdempotencyKeys`. */
export class IdempotentCall {
  /** What the answer to a repeat needs besides the places of the events; survives JSON. */
  kept: object | undefined;
  private taken = false;

  /**
   * @param store the options of the event store that keeps the key: appends to another one are not the call's
   * @param fingerprint tells two requests under one key apart
   */
  constructor(
    readonly store: ResolvedOptions,
    readonly key: string,
    readonly fingerprint: string,
  ) {}

  /** Whether the call has appended its events, or handed them to a transaction, and its key is taken with them. */
  get hasTakenKey(): boolean {
    return this.taken;
  }

  /** What was appended, or handed in, takes the key. */
  takeKey(): void {
    this.taken = true;
  }

  /** Nothing was appended, or its transaction was rolled back. */
  freeKey(): void {
    this.taken = false;
  }
}
