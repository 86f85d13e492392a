import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { requireLog } from '../../event/no-log.error.js';
import { POSITION, STORABLE_TEXT } from '../../log/argument-rules.js';
import { selectEventsAt } from '../../log/read.sql.js';
import { ScanBudget } from '../../log/search/scan-budget.js';
import { InvalidArgumentError, requireArguments } from '../../options/require-arguments.js';
import { callOptions, optional, wholeNumber } from '../../options/rules.js';
import { Database } from '../../postgres/database.js';
import { type ExplainedKey, ExplainedKeys } from './explained-key.js';
import type { RowHistoryOptions, RowHistoryPage, RowsOfKey, TouchedRowsOfEvent } from './explanation.js';
import { EventNotFoundError, ownSqlError, RowNotFoundError } from './explanation-errors.js';
import { KeyWalk } from './key-walk.js';
import { LivingRows } from './living-rows.js';
import { writeRowsAlike } from './row-image.js';
import { foldedRows, historyItems } from './step-images.js';
import { rowsTouchedBy } from './touched-rows.js';

/** How long one call looks through the log and folds, in ms. */
const CALL_MS = 1_000;

const KEY = { name: STORABLE_TEXT, key: STORABLE_TEXT };
const HISTORY = {
  ...KEY,
  options: callOptions({
    after: optional(POSITION),
    upTo: optional(POSITION),
    limit: optional(wholeNumber(1, 1_000)),
  }),
};

/**
 * Explains the rows of read models: the rows of a key, the events that made them, and the change by each event.
 *
 * Nothing is written or locked. The history is folded in memory from the events of the key alone, by the handler that
 * folds the living rows, so this process must have the code of the projection.
 */
@Injectable()
export class RowHistory {
  constructor(
    private readonly database: Database,
    private readonly keys: ExplainedKeys,
  ) {}

  /**
   * The living rows of a key.
   *
   * @param key the key of the projection, as in the list of parked keys
   * @throws ProjectionNotFoundError; RowNotFoundError when no table has a row; ProjectionStateError for a reaction
   */
  async rows(name: string, key: string): Promise<RowsOfKey> {
    requireArguments('RowHistory.rows', { name, key }, KEY);
    return this.read(name, key, async (manager, opened) => {
      const state = await opened.state(manager);
      const tables = await new LivingRows(manager, opened, this.keys.registry).find(
        state.head,
        new ScanBudget(CALL_MS),
      );
      if (tables.every(({ rows, isCut }) => rows.length === 0 && !isCut))
        throw new RowNotFoundError(name, key);
      return {
        projection: name,
        key,
        position: state.position,
        parkedAt: state.parked?.position ?? null,
        tables,
      };
    });
  }

  /**
   * The events of a key, each with its changes of the rows. A page may be empty although there are more: a call looks
   * through the log for about a second.
   *
   * @throws ProjectionNotFoundError; ProjectionStateError for a reaction, and when the events do not tell the rows
   */
  async history(name: string, key: string, options: RowHistoryOptions = {}): Promise<RowHistoryPage> {
    requireArguments('RowHistory.history', { name, key, options }, HISTORY);
    requireOrder(options);
    const page = await this.read(name, key, async (manager, opened): Promise<RowHistoryPage> => {
      const state = await opened.state(manager);
      if (state.hasOwnSql) throw ownSqlError(name);
      const { after = 0, upTo = state.head, limit = 50 } = options;
      const fold = opened.foldFrom(state, after);
      const walk = new KeyWalk(opened.events(manager), fold, new ScanBudget(CALL_MS));
      const end = Math.min(upTo, state.head);
      const isThere = await walk.leadTo(Math.min(after, end));
      const steps = isThere ? await walk.steps(end, limit) : [];
      const { position: to } = fold;
      const { found } = opened.trail.shared;
      return {
        items: await historyItems(manager, steps, found?.position),
        nextCursor: to < end ? String(Math.max(to, after)) : null,
        scanned: { to, head: state.head },
        dependsOnOtherRows: found?.reason ?? null,
        tables:
          found === undefined || found.position > to ? await foldedRows(manager, opened.folding, fold) : [],
      };
    });
    const shown = await this.keys.registry.shown(page.items.map(({ event }) => event));
    return { ...page, items: page.items.map((item, index) => ({ ...item, event: shown[index]! })) };
  }

  /** The rows that an event touches, in every projection. @throws EventNotFoundError */
  async touchedBy(position: number): Promise<TouchedRowsOfEvent[]> {
    requireArguments('RowHistory.touchedBy', { position }, { position: POSITION });
    const { options, projections, registry } = this.keys;
    requireLog(options);
    const [event] = await selectEventsAt(this.database.statements, options.qualified('events'), [position]);
    if (event === undefined) throw new EventNotFoundError(position);
    await registry.prepare([event]);
    return rowsTouchedBy(event, projections.foldings, registry);
  }

  private read<Result>(
    name: string,
    key: string,
    work: (manager: EntityManager, opened: ExplainedKey) => Promise<Result>,
  ): Promise<Result> {
    return this.keys.open(name, key, (opened) =>
      this.database.transaction(async (manager) => {
        await writeRowsAlike(manager);
        return work(manager, opened);
      }),
    );
  }
}

/** @throws InvalidArgumentError */
function requireOrder({ after = 0, upTo = Infinity }: RowHistoryOptions): void {
  if (after <= upTo) return;
  const rule = `options.upTo is ${upTo}: it must be options.after, which is ${after}, or a later position.`;
  throw new InvalidArgumentError([`RowHistory.history: ${rule}`]);
}
