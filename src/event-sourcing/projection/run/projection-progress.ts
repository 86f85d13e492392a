import { Injectable } from '@nestjs/common';
import { CurrentTransaction } from '../../log/append/current-transaction.js';
import { NotCaughtUpError } from '../projection-errors.js';
import { ResolvedOptions } from '../../options.js';
import { Database } from '../../postgres/database.js';
import { selectProgress } from '../turn/checkpoint.sql.js';
import type { Share } from '../declare/share.js';
import { KnownProgress } from './known-progress.js';

/** Options of a waiting query. */
export interface WaitOptions {
  /** How long the query may wait, in ms. Default: the option `readAfterTimeoutMs`. */
  withinMs?: number;
  /** The key that the query reads, as the projection's `key` names it. Waiting is useless when that key is parked. */
  key?: string;
}

/** Knows the position of each projection, and lets a query wait for one, so that clients read their own writes. */
@Injectable()
export class ProjectionProgress {
  private readonly registered = new Set<string>();
  /** A waiter in a transaction looks by its connection: it holds one, and might wait for a second one for ever. */
  private readonly onPrimary = new KnownProgress(
    (name) => this.select(name),
    () => this.current.manager !== undefined,
  );

  constructor(
    private readonly database: Database,
    private readonly options: ResolvedOptions,
    private readonly current: CurrentTransaction,
  ) {}

  get names(): string[] {
    return [...this.registered];
  }

  register(names: readonly string[]): void {
    for (const name of names) this.registered.add(name);
  }

  /** Called after the commit of a turn in this process. */
  advance({ folding: { name }, partitions }: Share, position: number, parked: readonly string[]): void {
    if (partitions === 1) this.onPrimary.know(name, { position, parked: new Set(parked) });
    else this.onPrimary.wake(name); // only the database knows the positions of the other partitions
  }

  /** Drops the known positions: another server may be behind them. */
  forget(): void {
    this.onPrimary.forget();
  }

  /**
   * Resolves when the projection has folded `position`, on any instance; at once without a position.
   *
   * @throws NotCaughtUpError after that time, and when the key is parked
   */
  async waitFor(name: string, position = 0, { withinMs, key }: WaitOptions = {}): Promise<void> {
    await this.onPrimary.comesTo(name, position, withinMs ?? this.options.readAfterTimeoutMs);
    if (position === 0 || key === undefined || !this.onPrimary.of(name).parked.has(key)) return;
    // Another process may have retried the key since.
    const { parked } = await this.select(name);
    const from = parked.get(key);
    if (from !== undefined && from <= position) {
      throw new NotCaughtUpError(name, position, this.onPrimary.of(name).position, key);
    }
  }

  private select(name: string) {
    return selectProgress(this.current.manager ?? this.database.statements, this.options, name);
  }
}
