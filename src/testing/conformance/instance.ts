import type { INestApplicationContext } from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isTransient, Projections } from '../../event-sourcing/index.js';
import { type Folding, type TurnLimits, type TurnOutcome, Turns } from '../../event-sourcing/for-testing.js';
import { partOf } from '../parts.js';

/** Tries of a turn that fails for a passing reason, such as a lost connection. */
const TRIES = 5;

/** A turn failed by the handler, or by the rows that it left. */
export class TurnFailure extends Error {
  constructor(
    readonly projection: string,
    override readonly cause: unknown,
  ) {
    super((cause as Error).message);
  }
}

export interface TurnSetup extends Pick<TurnLimits, 'beforeCommit'> {
  /** Positions of the log that a turn covers. */
  size: number;
  partitions: number;
}

/** One process of the application with its workers stopped. It folds on demand. */
export class Instance {
  private constructor(
    readonly app: INestApplicationContext,
    private readonly store: string | undefined,
  ) {}

  static async start(app: INestApplicationContext, store?: string): Promise<Instance> {
    await partOf(app, Projections, store).stop();
    return new Instance(app, store);
  }

  /** The projections. The kit never runs reactions, because their effects cannot be taken back. */
  get foldings(): Folding[] {
    return partOf(this.app, Projections, this.store).foldings.filter(({ kind }) => kind === 'projection');
  }

  /** The process managers. */
  get processes(): Folding[] {
    return partOf(this.app, Projections, this.store).foldings.filter(({ kind }) => kind === 'process');
  }

  /**
   * @throws TurnFailure
   * @throws what `beforeCommit` threw
   */
  async turn(name: string, partition: number, { partitions, ...limits }: TurnSetup): Promise<TurnOutcome> {
    const folding = this.foldings.find((each) => each.name === name)!;
    let isFolded = false;
    const beforeCommit: TurnLimits['beforeCommit'] = async (manager) => {
      isFolded = true;
      await limits.beforeCommit?.(manager);
    };
    const share = { folding, build: 'live', partition, partitions } as const;
    for (let tries = 1; ; tries++) {
      try {
        const turns = partOf(this.app, Turns, this.store);
        return await turns.run(share, { maxRows: Infinity, ...limits, beforeCommit });
      } catch (error) {
        if (isFolded) throw error;
        if (!isTransient(error) || tries === TRIES) throw new TurnFailure(name, error);
      }
    }
  }

  /** Folds to the end, beside other instances that do the same. */
  async compete(name: string, setup: TurnSetup, first: number): Promise<void> {
    const done = new Set<number>();
    for (let next = first; done.size < setup.partitions; next++) {
      const partition = next % setup.partitions;
      if (done.has(partition)) continue;
      const outcome = await this.turn(name, partition, setup);
      if (outcome.kind === 'elsewhere') await nextTurn();
      else if (isAtEnd(outcome)) done.add(partition);
    }
  }

  close(): Promise<void> {
    return this.app.close();
  }
}

/** @throws Error when the outcome is not that of a turn */
export function isAtEnd(outcome: TurnOutcome): boolean {
  if (outcome.kind === 'folded') return !outcome.behind;
  throw new Error(`Another process changes the checkpoints of the kit's database (${outcome.kind}).`);
}
