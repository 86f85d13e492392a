/**
 * What is known of an append that another one builds on before it is stored. The later one leaves in the same batch as
 * the earlier one, or after it is stored, and never when it has failed.
 */
export class AppendTicket {
  private outcome: 'pending' | 'stored' | 'failed' = 'pending';
  private watchers: (() => void)[] = [];
  private before: AppendTicket | undefined;

  /** @param before the one that it builds on */
  constructor(before?: AppendTicket) {
    this.before = before;
  }

  get state(): 'pending' | 'stored' | 'failed' {
    return this.outcome;
  }

  /** The one that it builds on; undefined when that is stored, or there is none. */
  get basis(): AppendTicket | undefined {
    if (this.before?.state === 'stored') this.before = undefined; // or each would keep all before it
    return this.before;
  }

  /** The first outcome stands. */
  settle(outcome: 'stored' | 'failed'): void {
    if (this.outcome !== 'pending') return;
    this.outcome = outcome;
    const { watchers } = this;
    this.watchers = [];
    for (const watcher of watchers) watcher();
  }

  /** Calls once, when the outcome is known. */
  whenSettled(watcher: () => void): void {
    if (this.outcome === 'pending') this.watchers.push(watcher);
    else watcher();
  }
}

/** The append that this one builds on is not stored, so that this one was not sent. */
export class BasisNotStored extends Error {
  constructor() {
    super('The append that this one builds on was not stored.');
  }
}
