import { Injectable } from '@nestjs/common';
import { EventEmitter } from 'node:events';
import { NotCaughtUpError } from '../../errors.js';
import { CurrentTransaction } from '../../log/append/current-transaction.js';
import { ResolvedOptions } from '../../options.js';
import { Database } from '../../postgres/database.js';
import { isTransient } from '../../postgres/transient-failure.js';
import { selectProgress } from '../turn/checkpoint.sql.js';
import type { Share } from '../declare/share.js';

/**
 * How long a waiting query pauses before it looks at the checkpoint again, in ms, when another instance does the
 * folding: first and longest; it grows by half each time. A turn in this process wakes it at once.
 */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;

/** How a query waits. */
export interface WaitOptions {
  /** How long at most, in ms. Default: the option `readAfterTimeoutMs`. */
  withinMs?: number;
  /** What the query is about, as the projection's `key` names it: where that is parked, waiting is of no use. */
  key?: string;
}

/** How far this process knows a projection to be, and which keys it believes to be set aside. */
interface Known {
  position: number;
  parked: { has(key: string): boolean };
}

const NOTHING_KNOWN: Known = { position: 0, parked: new Set() };

/** Knows how far each projection is, and lets a query wait for a position: reading one's own writes. */
@Injectable()
export class ProjectionProgress {
  private readonly projections = new Map<string, Known>();
  private readonly emitter = new EventEmitter().setMaxListeners(0);
  private readonly looking = new Map<string, Promise<void>>();

  constructor(
    private readonly database: Database,
    private readonly options: ResolvedOptions,
    private readonly current: CurrentTransaction,
  ) {}

  get names(): string[] {
    return [...this.projections.keys()];
  }

  register(names: readonly string[]): void {
    for (const name of names) this.projections.set(name, NOTHING_KNOWN);
  }

  /** Called after the commit of a turn in this process. */
  advance({ folding: { name }, partitions }: Share, position: number, parked: readonly string[]): void {
    if (partitions === 1) this.know(name, { position, parked: new Set(parked) });
    else this.emitter.emit(name); // how far the others are, only the database knows
  }

  /**
   * Resolves when the projection has folded `position`, on whichever instance; at once without a position.
   *
   * @throws NotCaughtUpError after the time that it may wait, and when the key's events are set aside
   */
  async waitFor(name: string, position = 0, { withinMs, key }: WaitOptions = {}): Promise<void> {
    await this.comesTo(name, position, withinMs ?? this.options.readAfterTimeoutMs);
    if (position === 0 || key === undefined || !this.known(name).parked.has(key)) return;
    // It may have been retried since, by another process.
    const { parked } = await this.select(name);
    const from = parked.get(key);
    if (from !== undefined && from <= position) {
      throw new NotCaughtUpError(name, position, this.known(name).position, key);
    }
  }

  private async comesTo(name: string, position: number, withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    for (
      let pause = FIRST_PAUSE_MS;
      this.known(name).position < position;
      pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)
    ) {
      await this.look(name);
      if (this.known(name).position >= position) return;
      const left = deadline - performance.now();
      if (left <= 0) throw new NotCaughtUpError(name, position, this.known(name).position);
      await this.pause(name, Math.min(left, pause));
    }
  }

  private know(name: string, known: Known): void {
    const { position } = this.known(name);
    this.projections.set(name, known);
    if (known.position !== position) this.emitter.emit(name);
  }

  private known(name: string): Known {
    return this.projections.get(name) ?? NOTHING_KNOWN;
  }

  /**
   * Reads the committed position; all who wait at that moment share one query. One that is cut off is made again. Who
   * waits in a transaction looks by its connection: it holds one, and might wait for a second one for ever.
   */
  private look(name: string): Promise<void> {
    if (this.current.manager !== undefined) return this.lookOnce(name);
    const look = this.looking.get(name) ?? this.lookOnce(name).finally(() => this.looking.delete(name));
    this.looking.set(name, look);
    return look;
  }

  private lookOnce(name: string): Promise<void> {
    return this.select(name).then((progress) => this.know(name, progress), ignoreTransient);
  }

  private select(name: string) {
    return selectProgress(this.current.manager ?? this.database.statements, this.options, name);
  }

  private pause(name: string, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.emitter.off(name, done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.emitter.once(name, done);
    });
  }
}

function ignoreTransient(error: unknown): void {
  if (!isTransient(error)) throw error;
}
