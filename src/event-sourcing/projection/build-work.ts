import type { LogSignal } from '../log-signal.js';
import type { ResolvedOptions } from '../options.js';
import type { Build, Share } from './build.js';
import type { Folding } from './folding.js';
import { ProjectionRunner } from './projection-runner.js';
import type { Turns } from './turn.js';

/** One build of a projection, as this process folds it: a runner for each partition. */
export class BuildWork {
  private current: readonly ProjectionRunner[] = [];

  constructor(
    private readonly folding: Folding,
    private readonly build: Build,
    private readonly parts: { turns: Turns; signal: LogSignal; options: ResolvedOptions },
    private readonly tell: { progress: (share: Share, position: number) => void; replaced: () => void },
  ) {}

  get runners(): readonly ProjectionRunner[] {
    return this.current;
  }

  /** Runs so many partitions; none: nothing. */
  async run(partitions: number): Promise<void> {
    if (this.current.length === partitions) return;
    await this.stop();
    const { turns, signal, options } = this.parts;
    this.current = Array.from({ length: partitions }, (_, partition) => {
      const share = { folding: this.folding, build: this.build, partition, partitions };
      return new ProjectionRunner(share, turns, signal, options.turns, {
        progress: (position) => this.tell.progress(share, position),
        replaced: this.tell.replaced,
      });
    });
    for (const runner of this.current) runner.start();
  }

  /** Ends after the turns under way. Can be called again. */
  async stop(): Promise<void> {
    await Promise.all(this.current.map((runner) => runner.stop()));
    this.current = [];
  }
}
