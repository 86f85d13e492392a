import { Injectable } from '@nestjs/common';
import { EventEmitter } from 'node:events';
import type { EntityManager } from 'typeorm';
import { notifyOfAct } from '../../log/arrival/log-notifier.js';
import { ResolvedOptions } from '../../options.js';
import { Database } from '../../postgres/database.js';
import { waitForLocksAtMost } from '../../postgres/time-limits.js';
import { LOCK_NOT_AVAILABLE, sqlStateOf } from '../../postgres/sql-state.js';
import type { ActRecord } from '../../operations/act-record.js';
import type { Folding } from '../declare/folding.js';
import { ProjectionBusyError } from '../projection-errors.js';
import {
  cancelRebuild,
  claimRebuild,
  existsRebuild,
  insertRebuild,
  lockProjection,
  lockRebuild,
  moveRebuild,
  type Rebuild,
  restartRebuild,
} from './rebuild.sql.js';
import { statesBefore } from './rebuild-states.js';
import { ACT_WAITS_MS } from '../turn/checkpoint.sql.js';
import { createRebuildTables, dropRebuildTables, haveSameColumns } from './rebuild-tables.sql.js';

const OTHER_COLUMNS = 'The living table has other columns than when the rebuild began: it begins again';

/**
 * Rebuilds beside the living rows. Rows are folded from the first event on into separate tables, by normal turns, until
 * an `Exchange` changes the living rows into them. All state of a rebuild is in the database, so any process can
 * continue it. `REBUILD_LIFE` has its states.
 */
@Injectable()
export class Rebuilds {
  private readonly acts = new EventEmitter().setMaxListeners(0);

  constructor(
    private readonly database: Database,
    private readonly options: ResolvedOptions,
  ) {}

  /**
   * Calls `listener` after an act of this process on the rebuild of a projection. @returns the function that ends it
   */
  onAct(projection: string, listener: () => void): () => void {
    this.acts.on(projection, listener);
    return () => void this.acts.off(projection, listener);
  }

  /** Requests a rebuild. A process that runs the projection begins it. @returns false when there is one already */
  async request({ name: projection }: Folding, { hold = false }, record: ActRecord): Promise<boolean> {
    const isNew = await this.database.transaction(async (manager) => {
      if (!(await insertRebuild(manager, this.options, { projection, hold }))) return false;
      await record.done(manager);
      return true;
    });
    await this.tell(projection);
    return isNew;
  }

  /**
   * Requests a rebuild and begins it for the build of this process, in one transaction. A rebuild that is only
   * requested would be claimed by the build that folds the living rows, which hears of it at once.
   *
   * @returns false when there is one already
   */
  async begin(folding: Folding): Promise<boolean> {
    const { name: projection } = folding;
    const isNew = await this.within(projection, async (manager) => {
      if (!(await insertRebuild(manager, this.options, { projection, hold: false }))) return false;
      const rebuild = await lockRebuild(manager, this.options, projection, 'wait');
      return rebuild !== undefined && this.take(manager, folding, rebuild);
    });
    await this.tell(projection);
    return isNew;
  }

  /** Begins a requested rebuild for the build of this process. @returns false when another process was faster */
  claim(folding: Folding): Promise<boolean> {
    return this.onRebuild(folding, 'skip', (manager, rebuild) => this.take(manager, folding, rebuild));
  }

  /**
   * @param record of the act of an operator; a build that needs another rebuild has none
   * @returns false when there is none
   * @throws ProjectionBusyError when its turn or comparison does not end in time
   */
  cancel(folding: Folding, record?: ActRecord): Promise<boolean> {
    return this.onRebuild(folding, 'wait', async (manager, rebuild) => {
      await cancelRebuild(manager, this.options, rebuild);
      await dropRebuildTables(manager, folding);
      await record?.done(manager);
      return true;
    });
  }

  /**
   * Allows the exchange of a rebuild that is held, or will be.
   *
   * @returns false when there is none, or when it does not need the permission
   * @throws ProjectionBusyError when a comparison does not end in time
   */
  async release(folding: Folding, record: ActRecord): Promise<boolean> {
    const isReleased = await this.onRebuild(folding, 'wait', async (manager, rebuild) => {
      const isHeld = rebuild.state === 'held' || (rebuild.state === 'folding' && rebuild.hold);
      if (!isHeld) return false;
      await moveRebuild(manager, this.options, rebuild, 'released');
      await record.done(manager);
      return true;
    });
    this.acts.emit(folding.name);
    return isReleased;
  }

  /** Restarts the rebuild when the living tables have other columns now. @returns whether it did */
  async restartIfOutdated(folding: Folding): Promise<boolean> {
    if (await haveSameColumns(this.database.statements, folding)) return false;
    return this.onRebuild(folding, 'skip', async (manager, rebuild) => {
      if (!statesBefore('outdated').includes(rebuild.state)) return false;
      await restartRebuild(manager, this.options, rebuild, OTHER_COLUMNS);
      return true;
    });
  }

  /** Drops the tables that an ended rebuild has left: a reader, such as a dump, may have prevented that at its end. */
  dropLeftovers(folding: Folding): Promise<void> {
    return this.database.transaction(async (manager) => {
      await waitForLocksAtMost(manager, ACT_WAITS_MS);
      await lockProjection(manager, this.options, folding.name);
      if (await existsRebuild(manager, this.options, folding.name)) return;
      await dropRebuildTables(manager, folding);
    });
  }

  private async take(manager: EntityManager, folding: Folding, rebuild: Rebuild): Promise<boolean> {
    if (!statesBefore('claimed').includes(rebuild.state)) return false;
    await lockProjection(manager, this.options, folding.name);
    await createRebuildTables(manager, folding);
    await claimRebuild(manager, this.options, rebuild, folding);
    return true;
  }

  /** Wakes the workers of the projection's rebuilds, in this process and in others. */
  private async tell(projection: string): Promise<void> {
    this.acts.emit(projection);
    await notifyOfAct(this.database.statements, this.options.logChannel);
  }

  private onRebuild(
    { name }: Folding,
    whenTaken: 'skip' | 'wait',
    work: (manager: EntityManager, rebuild: Rebuild) => Promise<boolean>,
  ): Promise<boolean> {
    return this.within(name, async (manager) => {
      const rebuild = await lockRebuild(manager, this.options, name, whenTaken);
      return rebuild !== undefined && work(manager, rebuild);
    });
  }

  /** @throws ProjectionBusyError when a lock is not free in time */
  private async within(name: string, work: (manager: EntityManager) => Promise<boolean>): Promise<boolean> {
    try {
      return await this.database.transaction(async (manager) => {
        // A whole turn of a rebuild may have the lock.
        await waitForLocksAtMost(manager, this.options.turns.rebuildTurnMs + ACT_WAITS_MS);
        return work(manager);
      });
    } catch (error) {
      if (sqlStateOf(error) !== LOCK_NOT_AVAILABLE) throw error;
      throw new ProjectionBusyError(name, { cause: error });
    }
  }
}
