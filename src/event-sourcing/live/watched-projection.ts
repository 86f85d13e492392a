import { backOffDelay } from '../background/retry.js';
import { WakeUp } from '../background/wake-up.js';
import type { StoredEvent } from '../event/domain-event.js';
import type { EventRegistry } from '../event/event-registry.js';
import type { LogWatch } from '../log/arrival/log-watch.js';
import type { Folding } from '../projection/declare/folding.js';
import { storableKey } from '../event/storable-key.js';
import { NotCaughtUpError } from '../projection/projection-errors.js';
import type { ProjectionProgress } from '../projection/run/projection-progress.js';
import type { LogTail, TailListener } from './log-tail.js';
import type { LogPart } from './next-events.sql.js';

/** The longest wait for a projection before it is looked at whether there are watchers still, in ms. */
const LOOK_MS = 250;

/** The shortest time between two notices of the watchers, in ms: each waits for the projection. */
const PAUSE_MS = 50;

/** A watcher of rows, which is told of each change. */
export interface Watcher {
  /** Undefined: all keys. */
  readonly key: string | undefined;
  /** The rows of the key may have changed, and the projection has folded this position. */
  changed(position: number): void;
}

export interface WatchParts {
  tail: LogTail;
  watch: LogWatch;
  registry: EventRegistry;
  progress: ProjectionProgress;
}

/**
 * The watchers of the rows of one projection. It waits for the projection once for all of them: until the newest event
 * that concerns a watcher is folded.
 */
export class WatchedProjection implements TailListener {
  private readonly watchers = new Map<string | undefined, Set<Watcher>>();
  private readonly types: ReadonlySet<string>;
  /** Watchers that must be told, with the position of the newest event for them. */
  private touched = new Map<Watcher, number>();
  private readonly wakeUp = new WakeUp();
  private telling: Promise<void> | undefined;
  private endOfPlans: (() => void) | undefined;

  constructor(
    private readonly folding: Folding,
    private readonly parts: WatchParts,
  ) {
    this.types = new Set(folding.eventTypes);
  }

  /** Resolves when the watcher is told of all later events. @throws when the end of the log cannot be read */
  async add(watcher: Watcher): Promise<void> {
    const key = stored(watcher.key);
    this.watchers.set(key, (this.watchers.get(key) ?? new Set()).add(watcher));
    // A rebuild exchanges rows without an event.
    this.endOfPlans ??= this.parts.watch.onPlans(() => this.touchAll(this.parts.tail.position));
    await this.parts.tail.join(this);
  }

  remove(watcher: Watcher): void {
    const key = stored(watcher.key);
    const others = this.watchers.get(key);
    others?.delete(watcher);
    this.touched.delete(watcher);
    if (others?.size === 0) this.watchers.delete(key);
    if (this.watchers.size > 0) return;
    this.parts.tail.leave(this);
    this.endOfPlans?.();
    this.endOfPlans = undefined;
  }

  /** Tells the watcher when the projection has folded that position. */
  touch(watcher: Watcher, position: number): void {
    this.touched.set(watcher, position);
    this.telling ??= this.tell().finally(() => (this.telling = undefined));
  }

  take({ events }: LogPart): void {
    for (const event of events) if (this.types.has(event.type)) this.touchFor(event);
  }

  /** Resolves when nothing is under way. Call it after the last watcher has left. */
  async stop(): Promise<void> {
    this.wakeUp.ring();
    await this.telling;
  }

  private touchFor(event: StoredEvent): void {
    const key = this.keyOf(event);
    if (key === undefined) return this.touchAll(event.position);
    for (const group of [key, undefined]) {
      for (const watcher of this.watchers.get(group) ?? []) this.touch(watcher, event.position);
    }
  }

  private touchAll(position: number): void {
    for (const group of this.watchers.values()) for (const watcher of group) this.touch(watcher, position);
  }

  /** Undefined when only a newer build can read the event. */
  private keyOf(event: StoredEvent): string | undefined {
    try {
      return this.folding.keyOf(this.parts.registry.revive(event));
    } catch {
      return undefined;
    }
  }

  private async tell(): Promise<void> {
    while (this.touched.size > 0) {
      const { touched } = this;
      this.touched = new Map();
      let newest = 0;
      for (const position of touched.values()) newest = Math.max(newest, position);
      await this.isFolded(newest);
      for (const [watcher, position] of touched) watcher.changed(position);
      await this.wakeUp.pause(PAUSE_MS, () => this.watchers.size === 0);
    }
  }

  /** Returns early when there are no watchers any more. */
  private async isFolded(position: number): Promise<void> {
    for (let failures = 0; this.watchers.size > 0;) {
      try {
        return await this.parts.progress.waitFor(this.folding.name, position, { withinMs: LOOK_MS });
      } catch (error) {
        if (error instanceof NotCaughtUpError) continue;
        await this.wakeUp.pause(backOffDelay(++failures, 100), () => this.watchers.size === 0);
      }
    }
  }
}

const stored = (key: string | undefined) => (key === undefined ? undefined : storableKey(key));
