import { Injectable } from '@nestjs/common';
import { EventEmitter } from 'node:events';
import { CurrentTransaction } from '../../log/append/current-transaction.js';
import { NotCaughtUpError } from '../projection-errors.js';
import { POSITION, STORABLE_TEXT } from '../../log/argument-rules.js';
import { ResolvedOptions } from '../../options.js';
import { requireArguments } from '../../options/require-arguments.js';
import { callOptions, number, optional, type Rule, type Rules } from '../../options/rules.js';
import { Database } from '../../postgres/database.js';
import { isTransient } from '../../postgres/transient-failure.js';
import { selectProgress } from '../turn/checkpoint.sql.js';
import type { Share } from '../declare/share.js';

/**
 * Pauses of a waiting query between two looks at the checkpoint, in ms, when another instance folds: the first and the
 * longest one. Each is half as long again as the one before. A turn in this process wakes the query at once.
 */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;

/** Options of a waiting query. */
export interface WaitOptions {
  /** How long the query may wait, in ms. Default: the option `readAfterTimeoutMs`. */
  withinMs?: number;
  /** The key that the query reads, as the projection's `key` names it. Waiting is useless when that key is parked. */
  key?: string;
}

/** Compared in memory, so no text is wrong. */
const KEY: Rule<string> = { says: 'a text', accepts: (value) => typeof value === 'string' };
const WAIT_FOR: Rules = {
  name: STORABLE_TEXT,
  position: POSITION,
  options: callOptions({ withinMs: optional(number(0, Infinity)), key: optional(KEY) }),
};

/** The position and the parked keys of a projection, as far as this process knows. */
interface Known {
  position: number;
  parked: { has(key: string): boolean };
}

const NOTHING_KNOWN: Known = { position: 0, parked: new Set() };

/** Knows the position of each projection, and lets a query wait for one, so that clients read their own writes. */
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
    else this.emitter.emit(name); // only the database knows the positions of the other partitions
  }

  /**
   * Resolves when the projection has folded `position`, on any instance; at once without a position.
   *
   * @throws NotCaughtUpError after that time, and when the key is parked
   */
  async waitFor(name: string, position = 0, options: WaitOptions = {}): Promise<void> {
    requireArguments('ProjectionProgress.waitFor', { name, position, options }, WAIT_FOR);
    const { withinMs, key } = options;
    await this.comesTo(name, position, withinMs ?? this.options.readAfterTimeoutMs);
    if (position === 0 || key === undefined || !this.known(name).parked.has(key)) return;
    // Another process may have retried the key since.
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
   * Reads the committed position. Simultaneous waiters share one query. A query that was cut off is sent again.
   *
   * A waiter in a transaction looks by its connection: it holds one, and might wait for a second one for ever.
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
