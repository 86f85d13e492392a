import type { StoredEvent } from '../../event/domain-event.js';
import { selectWindow } from '../../log/read.sql.js';
import type { ResolvedOptions } from '../../options.js';
import type { Database, Statements } from '../../postgres/database.js';
import type { Pace } from '../columns/row-table.js';
import type { Share } from '../declare/share.js';
import type { TurnBatch } from './turn-batch.js';

/** Events that are read at once. */
const PAGE = 4_000;
/**
 * The same, of a rebuild: a ms or so of work. Measured at 200 commands/s beside it, p99: 200 ms with pages of 4,000 and
 * slices of 8 ms, 11 ms with 250 events, 5 ms with 40; without a rebuild, 3 to 5 ms.
 */
const PIECE = 40;

/** What a turn goes through. */
export interface Window {
  /** The last position that is folded already. */
  after: number;
  upTo: number;
  /** The turn ends when it has changed so many rows. */
  maxRows: number;
}

/** Reads the next events of a share from the log, and lets a batch fold them. */
export class LogWindow {
  constructor(
    private readonly database: Database,
    private readonly options: ResolvedOptions,
    private readonly share: Share,
  ) {}

  /** Page by page. @returns the position up to which events are folded */
  async foldPages(statements: Statements, batch: TurnBatch, window: Window): Promise<number> {
    const { upTo, maxRows } = window;
    const maxCount = Math.min(PAGE, this.share.folding.eventsAtOnce);
    const read = (from: Statements, after: number) => this.read(from, { after, upTo, maxCount });
    let page = await read(statements, window.after);
    for (;;) {
      const isLast = page.length < maxCount;
      const after = isLast ? upTo : page.at(-1)!.position;
      // Events never change, so the next page can come over another connection while this one is folded.
      const isMore = !isLast && maxCount === PAGE;
      const next =
        isMore && this.database.hasFreeConnection ? read(this.database.statements, after) : undefined;
      next?.catch(() => undefined); // it may come too late to be waited for
      await batch.fold(page);
      if (!isMore || after >= upTo || batch.changes >= maxRows) return after;
      page = await (next ?? read(statements, after));
    }
  }

  /** The same of a rebuild: each page is a piece of background work. Ends in time, or when it is to stop. */
  async foldPieces(
    statements: Statements,
    batch: TurnBatch,
    { after: first, upTo, maxRows }: Window,
    { pace, isStopping = () => false }: { pace: Pace; isStopping?: (() => boolean) | undefined },
  ): Promise<number> {
    const endAt = performance.now() + this.options.turns.rebuildTurnMs;
    for (let after = first; ;) {
      const page = await pace(async () => {
        const events = await this.read(statements, { after, upTo, maxCount: PIECE });
        await batch.fold(events);
        return events;
      });
      after = page.length < PIECE ? upTo : page.at(-1)!.position;
      const isEnough = batch.changes >= maxRows || performance.now() >= endAt || isStopping();
      if (after >= upTo || isEnough) return after;
    }
  }

  private read(
    statements: Statements,
    range: { after: number; upTo: number; maxCount: number },
  ): Promise<StoredEvent[]> {
    const { folding, partition, partitions } = this.share;
    const { eventTypes: types, keyProperty } = folding;
    const part =
      partitions > 1 && keyProperty !== undefined
        ? { property: keyProperty, partition, partitions }
        : undefined;
    return selectWindow(statements, this.options.qualified('events'), { ...range, types, part });
  }
}
