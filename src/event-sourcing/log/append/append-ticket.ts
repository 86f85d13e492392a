/**
 * The state of an append on which another append may build before it is stored. The later append leaves in the same
 * batch, or after the earlier one is stored, and never when the earlier one has failed.
 */
export class AppendTicket {
  private outcome: 'pending' | 'stored' | 'failed' = 'pending';
  private listeners: (() => void)[] = [];
  private before: AppendTicket | undefined;

  /** @param before the ticket of the append that it builds on */
  constructor(before?: AppendTicket) {
    this.before = before;
  }

  get state(): 'pending' | 'stored' | 'failed' {
    return this.outcome;
  }

  /** The ticket of its basis; undefined when the basis is stored, or when there is none. */
  get basis(): AppendTicket | undefined {
    if (this.before?.state === 'stored') this.before = undefined; // or each ticket would keep all before it
    return this.before;
  }

  /** Sets the outcome. Only the first call counts. */
  settle(outcome: 'stored' | 'failed'): void {
    if (this.outcome !== 'pending') return;
    this.outcome = outcome;
    const { listeners } = this;
    this.listeners = [];
    for (const listener of listeners) listener();
  }

  /** Calls `listener` once, when the outcome is known. */
  whenSettled(listener: () => void): void {
    if (this.outcome === 'pending') this.listeners.push(listener);
    else listener();
  }
}

/** The basis of this append was not stored, so this append was not sent. */
export class BasisNotStored extends Error {
  constructor() {
    super('The append that this one builds on was not stored.');
  }
}
