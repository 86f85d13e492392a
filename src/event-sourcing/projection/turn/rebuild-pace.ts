import type { Pace } from '../columns/row-table.js';
import type { Share } from '../declare/share.js';
import type { BackgroundWork } from './background-work.js';
import type { Checkpoint } from './checkpoint.sql.js';
import { Haste } from './haste.js';

/** The pace of each share's rebuild: pieces of background work, with shorter rests the less it gains on the log. */
export class RebuildPace {
  private readonly hastes = new WeakMap<Share, Haste>();

  constructor(private readonly background: BackgroundWork) {}

  /** Called at the beginning of each turn. */
  meet(share: Share, checkpoint: Pick<Checkpoint, 'position' | 'head'>): void {
    this.hasteOf(share).meet(checkpoint);
  }

  /** Runs work in pieces with rests, and without them once the process is stopping. */
  of(share: Share, isStopping = () => false): Pace {
    const { factor } = this.hasteOf(share);
    return (work) => (isStopping() ? work() : this.background.piece(work, factor));
  }

  private hasteOf(share: Share): Haste {
    const haste = this.hastes.get(share) ?? new Haste();
    this.hastes.set(share, haste);
    return haste;
  }
}
