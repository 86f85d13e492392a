import type { Pace } from '../columns/row-table.js';
import type { Share } from '../declare/share.js';
import type { BackgroundWork } from './background-work.js';
import type { Checkpoint } from './checkpoint.sql.js';
import { Haste } from './haste.js';

/** How the rebuild of each share goes: in pieces of background work, the faster the less it gains on the log. */
export class RebuildPace {
  private readonly hastes = new WeakMap<Share, Haste>();

  constructor(private readonly background: BackgroundWork) {}

  /** At the begin of each turn. */
  meet(share: Share, checkpoint: Pick<Checkpoint, 'position' | 'head'>): void {
    this.hasteOf(share).meet(checkpoint);
  }

  /** In pieces with rests, until there is no time for them any more. */
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
