import type { Pace } from '../columns/row-table.js';
import type { Share } from '../declare/share.js';
import type { BackgroundWork } from './background-work.js';
import type { Checkpoint } from './checkpoint.sql.js';
import { RebuildSpeed } from './rebuild-speed.js';

/**
 * The pace of each share's rebuild: pieces of background work with rests between them. The less a rebuild gains on the
 * log, the shorter are its rests.
 */
export class RebuildPace {
  private readonly speeds = new WeakMap<Share, RebuildSpeed>();

  constructor(private readonly background: BackgroundWork) {}

  /** Called at the beginning of each turn. */
  adjust(share: Share, checkpoint: Pick<Checkpoint, 'position' | 'head'>): void {
    this.speedOf(share).adjust(checkpoint);
  }

  /** Runs work in pieces with rests, and without them once the process is stopping. */
  of(share: Share, isStopping = () => false): Pace {
    const { factor } = this.speedOf(share);
    return (work) => (isStopping() ? work() : this.background.piece(work, factor));
  }

  private speedOf(share: Share): RebuildSpeed {
    const speed = this.speeds.get(share) ?? new RebuildSpeed();
    this.speeds.set(share, speed);
    return speed;
  }
}
