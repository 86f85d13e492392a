import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { selectEventsAt, selectPartition } from '../../log/read.sql.js';
import { ScanBudget } from '../../log/search/scan-budget.js';
import type { ActRecord } from '../../operations/act-record.js';
import { Database } from '../../postgres/database.js';
import { sqlStateOf } from '../../postgres/sql-state.js';
import { limitStatements } from '../../postgres/time-limits.js';
import { isTransient } from '../../postgres/transient-failure.js';
import type { Share } from '../declare/share.js';
import { ProjectionBusyError } from '../projection-errors.js';
import { existsRebuild } from '../rebuild/rebuild.sql.js';
import type { TableComparison } from '../rebuild/rebuild-report.js';
import { ACT_WAITS_MS, lockCheckpoint } from '../turn/checkpoint.sql.js';
import { type ExplainedKey, ExplainedKeys } from './explained-key.js';
import { RowNotFoundError, ScanUnfinishedError } from './explanation-errors.js';
import type { KeyFold } from './key-fold.js';
import { KeyWalk } from './key-walk.js';
import { writeRowsAlike } from './row-image.js';
import { RowReplacement } from './row-replacement.js';
import { requireFolded, requireLiving, requireTold } from './row-rebuild-rules.js';
import { revivedOrStored } from './touched-rows.js';

/** How long one call looks for events and folds them, in ms, before it locks the checkpoint. */
const FOLD_MS = 5_000;
/** The most positions that are looked at under the lock. With more, the call first folds on without it. */
const POSITIONS_UNDER_LOCK = 10_000;
/** How long one statement under the lock may take, in ms. */
const STATEMENT_MS = 2_000;

const QUERY_CANCELED = '57014';

/** The rows of one key after they were folded anew. */
export interface RowRebuild {
  projection: string;
  key: string;
  /** The position up to which the living rows are folded. */
  position: number;
  tables: TableComparison[];
}

/**
 * Folds the rows of one key anew and replaces the living ones.
 *
 * The events are found and folded in memory while turns go on. Then the checkpoint is locked, so that no turn folds
 * events of the key; the few events up to the checkpoint are folded, and the differences are written in the same
 * transaction. So the rows have every event up to the checkpoint once. The next turn goes on behind it.
 */
@Injectable()
export class RowRebuilds {
  constructor(
    private readonly database: Database,
    private readonly keys: ExplainedKeys,
  ) {}

  /**
   * @throws ProjectionNotFoundError; RowNotFoundError when the key has neither rows nor events
   * @throws ProjectionStateError when the projection or the key is in a state that does not allow it
   * @throws ScanUnfinishedError when the time of one call was too short; the next goes on
   * @throws ProjectionBusyError when a turn does not free the checkpoint in time
   */
  async rebuild(name: string, key: string, record: ActRecord): Promise<RowRebuild> {
    return this.keys.open(name, key, async (opened) => {
      const budget = new ScanBudget(FOLD_MS);
      for (;;) {
        const fold = await this.foldAhead(opened, budget);
        const rebuilt = await this.replace(opened, fold, record).catch((error: unknown) =>
          busyOr(name, error),
        );
        if (rebuilt !== undefined) return { projection: name, key, ...rebuilt };
      }
    });
  }

  /** Folds up to where the living rows are, without a lock. */
  private async foldAhead(opened: ExplainedKey, budget: ScanBudget): Promise<KeyFold> {
    const { statements } = this.database;
    const state = await opened.state(statements);
    requireTold(opened, state);
    const fold = opened.foldFrom(state, state.position);
    const isThere = await new KeyWalk(opened.events(statements), fold, budget).leadTo(state.position);
    if (!isThere) throw new ScanUnfinishedError(fold.position, state.position);
    return fold;
  }

  /**
   * @returns undefined when the living rows are too far ahead of the fold, or leave out other events than it, or when
   * the checkpoint was that of another partition
   */
  private replace(
    opened: ExplainedKey,
    fold: KeyFold,
    record: ActRecord,
  ): Promise<{ position: number; tables: TableComparison[] } | undefined> {
    const { options, registry } = this.keys;
    return this.database.transaction(async (manager) => {
      const share = await this.shareOf(manager, opened);
      const checkpoint = await lockCheckpoint(manager, options, share, { waitMs: ACT_WAITS_MS });
      await writeRowsAlike(manager);
      await limitStatements(manager, STATEMENT_MS);
      const state = await opened.state(manager);
      const isRebuilding = await existsRebuild(manager, options, share.folding.name);
      requireLiving(opened, share, checkpoint, isRebuilding);
      requireTold(opened, state);
      const { position } = checkpoint;
      if (!fold.isOf(state) || fold.position > position || position - fold.position > POSITIONS_UNDER_LOCK) {
        return undefined;
      }
      await new KeyWalk(opened.events(manager), fold, new ScanBudget(Infinity)).leadTo(position);
      const { partition } = await this.shareOf(manager, opened);
      if (partition !== share.partition) return undefined; // the first event was found under the lock
      requireFolded(opened, fold);
      const tables = await new RowReplacement(manager, opened, registry, fold).run();
      if (tables.every(isEmpty)) throw new RowNotFoundError(share.folding.name, opened.key);
      await manager.query('set local synchronous_commit to default');
      await record.done(manager);
      return { position, tables };
    });
  }

  /** The partition that folds the key: that of its first event. Without an event, any will do. */
  private async shareOf(manager: EntityManager, { folding, trail }: ExplainedKey): Promise<Share> {
    const { partitions, keyProperty: property } = folding;
    const share = { folding, build: 'live', partition: 0, partitions } as const;
    const [first] = trail.positions;
    if (partitions === 1 || first === undefined) return share;
    const events = this.keys.options.qualified('events');
    if (property !== undefined) {
      const partition = await selectPartition(manager, events, first, { property, partitions });
      return { ...share, partition: partition! };
    }
    const [event] = await selectEventsAt(manager, events, [first]);
    await this.keys.registry.prepare([event!], manager);
    return {
      ...share,
      partition: folding.partitionOf(revivedOrStored(event!, this.keys.registry), partitions),
    };
  }
}

function busyOr(name: string, error: unknown): never {
  if (isTransient(error) || sqlStateOf(error) === QUERY_CANCELED) {
    throw new ProjectionBusyError(name, { cause: error });
  }
  throw error;
}

const isEmpty = ({ equal, differing, missing, extra }: TableComparison) =>
  equal + differing + missing + extra === 0;
