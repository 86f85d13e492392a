import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StoredState } from '../aggregate-root.js';

/** A snapshot of a stream, to be written. */
export interface Snapshot {
  streamId: string;
  /** The `stream` and `snapshotRevision` of the aggregate's class. */
  stream: string;
  revision: number;
  stored: StoredState;
}

/** How many streams may wait. More are dropped: a snapshot only saves time, and the next one is as good. */
const MAX_WAITING = 1_000;
/** How long waiting snapshots are still written when the process stops, in ms. */
const STOP_WITHIN_MS = 2_000;

/**
 * Writes snapshots in the background, one after the other, so that it takes at most one connection of the pool. Only
 * the newest snapshot of a stream waits. A failed write is dropped.
 */
export class SnapshotWriter {
  private readonly waiting = new Map<string, Snapshot>();
  private running: Promise<void> | undefined;
  private deadline = Infinity;
  private failing = false;

  constructor(
    private readonly write: (snapshot: Snapshot) => Promise<void>,
    private readonly onFailure: (error: Error) => void,
  ) {}

  /** Returns at once, and never throws. */
  offer(snapshot: Snapshot): void {
    const { streamId, stored } = snapshot;
    const waiting = this.waiting.get(streamId);
    if (this.deadline !== Infinity || (waiting === undefined && this.waiting.size >= MAX_WAITING)) return;
    if (waiting !== undefined && waiting.stored.version >= stored.version) return;
    this.waiting.set(streamId, snapshot);
    this.running ??= this.drain();
  }

  /** Writes the waiting snapshots, for at most 2 s, and accepts no more. Can be called again. */
  async stop(): Promise<void> {
    this.deadline = Math.min(this.deadline, performance.now() + STOP_WITHIN_MS);
    await this.running;
  }

  private async drain(): Promise<void> {
    await nextTurn(); // the command that offered goes first
    for (const [streamId, snapshot] of this.waiting) {
      this.waiting.delete(streamId);
      if (performance.now() < this.deadline) await this.writeOrDrop(snapshot);
    }
    this.running = undefined;
  }

  /** Reports only the first of several failures in a row: other parts report an absent database already. */
  private async writeOrDrop(snapshot: Snapshot): Promise<void> {
    try {
      await this.write(snapshot);
      this.failing = false;
    } catch (error) {
      if (!this.failing) this.onFailure(error as Error);
      this.failing = true;
    }
  }
}
