import type { EntityManager } from 'typeorm';
import type { ResolvedOptions } from '../../options.js';
import type { Build } from '../build.js';
import type { Share } from '../declare/share.js';
import { type Checkpoint, lockCheckpoint } from '../turn/checkpoint.sql.js';
import type { Folding } from '../declare/folding.js';
import type { TurnLimits, Turns } from '../turn/turn.js';

interface LockedShare {
  share: Share;
  checkpoint: Checkpoint;
}

/** A build of a projection with all its checkpoints locked by one transaction: no other can fold it. */
export class LockedBuild {
  private constructor(
    private readonly manager: EntityManager,
    private readonly turns: Turns,
    private readonly shares: LockedShare[],
  ) {}

  /**
   * @param waitMs how long it waits for each checkpoint, in ms
   * @returns undefined when the build has no checkpoint: its rebuild was cancelled at this moment
   * @throws QueryFailedError with SQLSTATE 55P03 after that time
   */
  static async lock(
    manager: EntityManager,
    { turns, options }: { turns: Turns; options: ResolvedOptions },
    { folding, build }: { folding: Folding; build: Build },
    waitMs: number,
  ): Promise<LockedBuild | undefined> {
    const shares: LockedShare[] = [];
    for (let partition = 0, partitions = 1; partition < partitions; partition++) {
      const share = { folding, build, partition, partitions };
      const checkpoint = await lockCheckpoint(manager, options, share, { waitMs });
      if (checkpoint === undefined) return undefined;
      partitions = checkpoint.partitions;
      shares.push({ share: { ...share, partitions }, checkpoint });
    }
    return new LockedBuild(manager, turns, shares);
  }

  /** All events up to here are folded, except those of parked keys. */
  get position(): number {
    return Math.min(...this.shares.map(({ checkpoint }) => checkpoint.position));
  }

  /** The head of the log when the locks were taken. */
  get head(): number {
    return Math.max(...this.shares.map(({ checkpoint }) => checkpoint.head));
  }

  get isPaused(): boolean {
    return this.shares.some(({ checkpoint }) => checkpoint.isPaused);
  }

  isOf(revision: string): boolean {
    return this.shares.every(({ checkpoint }) => checkpoint.revision === revision);
  }

  /** @throws FoldFailure, TooManyParked, and errors of PostgreSQL */
  async foldTo(upTo: number, limits: Pick<TurnLimits, 'isStopping' | 'atOnce'> = {}): Promise<void> {
    for (const locked of this.shares) {
      const { share, checkpoint } = locked;
      while (checkpoint.position < upTo && !limits.isStopping?.()) {
        const bounds = { ...limits, upTo, maxRows: Infinity };
        checkpoint.position = await this.turns.advance(this.manager, share, checkpoint, bounds);
      }
    }
  }
}
