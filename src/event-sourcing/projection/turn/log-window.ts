import { WINDOW_PAGE } from '../../log/page-sizes.js';
import type { WindowPart } from '../../log/read.sql.js';
import type { LogSource } from '../../log/source/log-source.js';
import type { ResolvedOptions } from '../../options.js';
import type { Database, Statements } from '../../postgres/database.js';
import type { Pace } from '../columns/row-table.js';
import type { Share } from '../declare/share.js';
import type { TurnBatch } from './turn-batch.js';

/**
 * Events that a rebuild reads at once: about 1 ms of work. Measured with 200 commands/s beside it, p99: 200 ms with
 * pages of 4,000 and slices of 8 ms, 11 ms with 250 events, 5 ms with 40; without a rebuild, 3 to 5 ms.
 */
const PIECE = 40;

/** The part of the log that a turn folds. */
export interface Window {
  /** The last folded position. */
  after: number;
  upTo: number;
  /** The turn ends when it has changed this many rows. */
  maxRows: number;
}

/** Reads the next events of a share, and lets a batch fold them. */
export class LogWindow {
  constructor(
    private readonly source: LogSource,
    private readonly database: Database,
    private readonly options: ResolvedOptions,
    private readonly share: Share,
  ) {}

  /** Folds page by page. @returns the position up to which events are folded */
  async foldPages(statements: Statements, batch: TurnBatch, window: Window): Promise<number> {
    const { upTo, maxRows } = window;
    const maxCount = Math.min(WINDOW_PAGE, this.share.folding.eventsAtOnce);
    const read = (from: Statements, after: number) => this.read(from, { after, upTo, maxCount });
    const readAhead = async (after: number) => {
      const page = await read(this.database.statements, after);
      await batch.prepare(page.events);
      return page;
    };
    let page = await read(statements, window.after);
    for (;;) {
      const { upTo: after } = page;
      // Events never change, so the next page can come over another connection while this one is folded.
      const isMore = after < upTo && maxCount === WINDOW_PAGE;
      const next = isMore && this.database.hasFreeConnection ? readAhead(after) : undefined;
      next?.catch(() => undefined); // its error may come too late to be awaited
      await batch.fold(page.events);
      if (!isMore || batch.changes >= maxRows) return after;
      page = await (next ?? read(statements, after));
    }
  }

  /**
   * The same for a rebuild: each page is a piece of background work. It ends at its time limit, or when it is to stop.
   */
  async foldPieces(
    statements: Statements,
    batch: TurnBatch,
    { after: first, upTo, maxRows }: Window,
    { pace, isStopping = () => false }: { pace: Pace; isStopping?: (() => boolean) | undefined },
  ): Promise<number> {
    const endAt = performance.now() + this.options.turns.rebuildTurnMs;
    let after = first;
    for (;;) {
      after = await pace(async () => {
        const page = await this.read(statements, { after, upTo, maxCount: PIECE });
        await batch.fold(page.events);
        return page.upTo;
      });
      const isEnough = batch.changes >= maxRows || performance.now() >= endAt || isStopping();
      if (after >= upTo || isEnough) return after;
    }
  }

  private read(
    statements: Statements,
    range: { after: number; upTo: number; maxCount: number },
  ): Promise<WindowPart> {
    const { folding, build, partition, partitions } = this.share;
    const { eventTypes: types, keyProperty } = folding;
    const part =
      partitions > 1 && keyProperty !== undefined
        ? { property: keyProperty, partition, partitions }
        : undefined;
    return this.source.window(statements, { ...range, types, part }, `${folding.name}/${build}/${partition}`);
  }
}
