import type { Build } from '../build.js';
import type { Share } from '../declare/share.js';
import type { Folding } from '../declare/folding.js';
import { ProjectionRunner, type RunnerParts, type TurnDone } from './projection-runner.js';
import type { RunnerStatus } from './runner-life.js';

/** Called when a turn of this process begins. */
export type OnTurn = (share: Share) => TurnDone;

/** The state of all runners of a build, taken together. */
export interface RunnerReport {
  status: RunnerStatus;
  failure: string | null;
}

/** States from the best to the worst. */
const STATUSES: readonly RunnerStatus[] = [
  'running',
  'paused',
  'starting',
  'standing-by',
  'retrying',
  'stopped',
];
const badness = (status: RunnerStatus) => STATUSES.indexOf(status);

/** One build of a projection in this process: a runner for each partition. */
export class BuildWork {
  private current: readonly ProjectionRunner[] = [];

  constructor(
    private readonly folding: Folding,
    private readonly build: Build,
    private readonly parts: RunnerParts,
    private readonly tell: { turn: OnTurn; replaced: () => void },
  ) {}

  get runners(): readonly ProjectionRunner[] {
    return this.current;
  }

  /** The report of its worst runner; undefined while it has none. */
  get report(): RunnerReport | undefined {
    const [worst] = this.current.toSorted((a, b) => badness(b.status) - badness(a.status));
    if (worst === undefined) return undefined;
    const failure = this.current.find((runner) => runner.failure)?.failure;
    return { status: worst.status, failure: failure?.message ?? null };
  }

  /** Runs this many partitions; with 0 it stops. */
  async run(partitions: number): Promise<void> {
    if (this.current.length === partitions) return;
    await this.stop();
    this.current = Array.from({ length: partitions }, (_, partition) => {
      const share = { folding: this.folding, build: this.build, partition, partitions };
      return new ProjectionRunner(share, this.parts, {
        turn: () => this.tell.turn(share),
        replaced: this.tell.replaced,
      });
    });
    for (const runner of this.current) runner.start();
  }

  /** Ends after the current turns. Can be called again. */
  async stop(): Promise<void> {
    await Promise.all(this.current.map((runner) => runner.stop()));
    this.current = [];
  }
}
