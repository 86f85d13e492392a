import { Injectable } from '@nestjs/common';
import { EventEmitter } from 'node:events';
import { NotCaughtUpError } from '../errors.js';
import { ResolvedOptions } from '../options.js';
import { isTransient } from '../transient-failure.js';
import { selectPosition } from './checkpoint.sql.js';
import type { Share } from './build.js';
import { Database } from '../postgres/database.js';

/**
 * How long a waiting query pauses before it looks at the checkpoint again, in ms, when another instance does the
 * folding: first and longest; it grows by half each time. A turn in this process wakes it at once.
 */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;

/** Knows how far each projection is, and lets a query wait for a position: reading one's own writes. */
@Injectable()
export class ProjectionProgress {
  private readonly positions = new Map<string, number>();
  private readonly emitter = new EventEmitter().setMaxListeners(0);
  private readonly looking = new Map<string, Promise<void>>();

  constructor(
    private readonly database: Database,
    private readonly options: ResolvedOptions,
  ) {}

  get names(): string[] {
    return [...this.positions.keys()];
  }

  register(names: readonly string[]): void {
    for (const name of names) this.positions.set(name, 0);
  }

  /** Called after the commit of a turn in this process. */
  advance({ folding: { name }, partitions }: Share, position: number): void {
    if (partitions === 1) this.know(name, position);
    else this.emitter.emit(name); // how far the others are, only the database knows
  }

  /**
   * Resolves when the projection has folded `position`, on whichever instance; at once without a position.
   *
   * @param withinMs how long it waits at most, in ms
   * @throws NotCaughtUpError after that time
   */
  async waitFor(name: string, position = 0, withinMs = this.options.readAfterTimeoutMs): Promise<void> {
    const deadline = performance.now() + withinMs;
    for (
      let pause = FIRST_PAUSE_MS;
      this.known(name) < position;
      pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)
    ) {
      await this.look(name);
      if (this.known(name) >= position) return;
      const left = deadline - performance.now();
      if (left <= 0) throw new NotCaughtUpError(name, position, this.known(name));
      await this.pause(name, Math.min(left, pause));
    }
  }

  private know(name: string, position: number): void {
    if (this.positions.get(name) === position) return;
    this.positions.set(name, position);
    this.emitter.emit(name);
  }

  private known(name: string): number {
    return this.positions.get(name) ?? 0;
  }

  /** Reads the committed position; all who wait at that moment share one query. One that is cut off is made again. */
  private look(name: string): Promise<void> {
    const look =
      this.looking.get(name) ??
      selectPosition(this.database.statements, this.options, name)
        .then((position) => this.know(name, position ?? 0), ignoreTransient)
        .finally(() => this.looking.delete(name));
    this.looking.set(name, look);
    return look;
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
