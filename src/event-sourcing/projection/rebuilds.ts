import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ResolvedOptions } from '../options.js';
import type { Build, Share } from './build.js';
import { type Checkpoint, lockCheckpoint } from './checkpoint.sql.js';
import type { Folding } from './folding.js';
import {
  deleteRebuild,
  insertRebuild,
  lockRebuild,
  makeLive,
  type Rebuild,
  selectRemaining,
  updateRebuild,
} from './rebuild.sql.js';
import { compareTables, type RebuildReport } from './rebuild-report.js';
import {
  createRebuildTables,
  dropRebuildTables,
  exchangeTables,
  indexRebuildTables,
} from './rebuild-tables.sql.js';
import { Turns } from './turn.js';
import { Database } from '../postgres/database.js';

/** How long the exchange waits for queries that read the old rows, in ms: those that come after wait behind it. */
const LOCK_TIMEOUT_MS = 2_000;

/**
 * Rebuilds beside the living rows. Rows are folded from the first event on into tables beside those that queries see, by
 * turns like any other. Where they meet, both are folded to the same position, compared, and exchanged, in one
 * transaction: queries see all of the old or all of the new. All that is known of a rebuild is in the database, so that
 * any process can go on with it.
 */
@Injectable()
export class Rebuilds {
  constructor(
    private readonly database: Database,
    private readonly turns: Turns,
    private readonly options: ResolvedOptions,
  ) {}

  /** @returns false when the projection is being rebuilt already */
  async begin(folding: Folding, { hold = false } = {}): Promise<boolean> {
    const { name: projection, revision, partitions } = folding;
    return this.database.transaction(async (manager) => {
      if (!(await insertRebuild(manager, this.options, { projection, revision, partitions, hold })))
        return false;
      await createRebuildTables(manager, folding);
      return true;
    });
  }

  /** @returns false when there is none */
  async cancel(folding: Folding): Promise<boolean> {
    return this.database.transaction(async (manager) => {
      if ((await lockRebuild(manager, this.options, folding.name, 'wait')) === undefined) return false;
      await deleteRebuild(manager, this.options, folding.name);
      await dropRebuildTables(manager, folding);
      return true;
    });
  }

  /** Lets a rebuild that was to be held go on to the exchange. @returns false when there is none, or it need not be let */
  async release(folding: Folding): Promise<boolean> {
    return this.database.transaction(async (manager) => {
      const rebuild = await lockRebuild(manager, this.options, folding.name, 'wait');
      if (rebuild === undefined || !rebuild.hold || rebuild.state === 'released') return false;
      await updateRebuild(manager, this.options, folding.name, { state: 'released', report: rebuild.report });
      return true;
    });
  }

  /**
   * Brings a rebuild to its end if it has nearly caught up.
   *
   * @returns the report when the rows were exchanged, or are held now
   */
  async finish(folding: Folding): Promise<{ report: RebuildReport; isHeld: boolean } | undefined> {
    const remaining = await selectRemaining(this.database.statements, this.options, folding.name);
    if (remaining > this.options.turns.size) return undefined;
    const prepared = await this.prepareTables(folding);
    return this.onOneCore(async (manager) => {
      const rebuild = await lockRebuild(manager, this.options, folding.name);
      if (rebuild === undefined || rebuild.state === 'held') return undefined;
      // Cancelled since, and begun again: these are other tables, without their indexes.
      if (rebuild.startedAt !== prepared) return undefined;
      const report = await this.compare(manager, folding, rebuild);
      if (report === undefined) return undefined;
      const isHeld = rebuild.hold && rebuild.state !== 'released';
      if (isHeld) await updateRebuild(manager, this.options, folding.name, { state: 'held', report });
      else await this.exchange(manager, folding, rebuild, report);
      return { report, isHeld };
    });
  }

  /** A transaction that indexes and reads whole tables, and leaves the other cores of the database to the commands. */
  private onOneCore<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    return this.database.transaction(async (manager) => {
      await manager.query(
        `select set_config('max_parallel_workers_per_gather', '0', true),
                set_config('max_parallel_maintenance_workers', '0', true)`,
      );
      return work(manager);
    });
  }

  /** @returns which rebuild they are of */
  private async prepareTables(folding: Folding): Promise<string | undefined> {
    return this.onOneCore(async (manager) => {
      const rebuild = await lockRebuild(manager, this.options, folding.name);
      if (rebuild !== undefined) await indexRebuildTables(manager, folding);
      return rebuild?.startedAt;
    });
  }

  /** Folds both builds to the end of the log, and compares. Until the transaction ends, neither goes on. */
  private async compare(
    manager: EntityManager,
    folding: Folding,
    { revision, partitions }: Rebuild,
  ): Promise<RebuildReport | undefined> {
    const live = await this.lockAll(manager, folding, 'live');
    const rebuilt = await this.lockAll(manager, folding, 'rebuild', partitions);
    if (rebuilt === undefined || live === undefined) return undefined;
    const head = Math.max(...rebuilt.map(({ checkpoint }) => checkpoint.head));
    const canFoldLive = live.every(
      ({ checkpoint }) => checkpoint.revision === revision && !checkpoint.isPaused,
    );
    return {
      comparedAt: new Date().toISOString(),
      livePosition: await this.foldTo(manager, live, canFoldLive ? head : 0),
      rebuildPosition: await this.foldTo(manager, rebuilt, head),
      tables: await compareTables(manager, folding),
    };
  }

  /** Undefined when a partition has no checkpoint: the rebuild was cancelled at this moment. */
  private async lockAll(manager: EntityManager, folding: Folding, build: Build, count?: number) {
    const locked: { share: Share; checkpoint: Checkpoint }[] = [];
    for (let partition = 0, partitions = count ?? 1; partition < partitions; partition++) {
      const share = { folding, build, partition, partitions };
      const checkpoint = await lockCheckpoint(manager, this.options, share, 'wait');
      if (checkpoint === undefined) return undefined;
      partitions = checkpoint.partitions;
      locked.push({ share: { ...share, partitions }, checkpoint });
    }
    return locked;
  }

  private async foldTo(
    manager: EntityManager,
    locked: readonly { share: Share; checkpoint: Checkpoint }[],
    upTo: number,
  ): Promise<number> {
    const positions: number[] = [];
    for (const { share, checkpoint } of locked) {
      const { parked, skipped } = checkpoint;
      let { position } = checkpoint;
      while (position < upTo) {
        position = await this.turns.advance(
          manager,
          share,
          { position, parked, skipped },
          { upTo, maxRows: Infinity },
        );
      }
      positions.push(position);
    }
    return Math.min(...positions);
  }

  private async exchange(
    manager: EntityManager,
    folding: Folding,
    rebuild: Rebuild,
    report: RebuildReport,
  ): Promise<void> {
    await manager.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await exchangeTables(manager, folding);
    await makeLive(manager, this.options, rebuild, report);
  }
}
