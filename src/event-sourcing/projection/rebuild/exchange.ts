import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { eventsInParts, LOG_SOURCE, type LogSource } from '../../log/source/log-source.js';
import { ResolvedOptions } from '../../options.js';
import { Database } from '../../postgres/database.js';
import { WITHOUT_TIME_LIMITS } from '../../postgres/time-limits.js';
import { sqlStateOf } from '../../postgres/sql-state.js';
import { BuildComparison, different } from './build-comparison.js';
import { ChangedRows } from './changed-rows.js';
import { replaceDifferences, writeDifferences } from './exchange.sql.js';
import type { Keys } from './row-comparison.sql.js';
import type { Folding } from '../declare/folding.js';
import { LockedBuild } from './locked-build.js';
import { reasonToHold } from './reason-to-hold.js';
import { selectSkippedInLiveAlone } from '../turn/skipping.sql.js';
import {
  lockRebuild,
  makeLive,
  moveRebuild,
  type Rebuild,
  restartRebuild,
  updateReason,
} from './rebuild.sql.js';
import type { RebuildReport } from './rebuild-report.js';
import { statesBefore } from './rebuild-states.js';
import { type Pair, pairsOf } from './rebuild-tables.sql.js';
import { Standstill } from './standstill.js';
import { TurnConnections } from '../turn/turn-connections.js';
import { Turns } from '../turn/turn.js';

/** How long the exchange waits for a turn of the rebuild, in ms. Nothing waits for the exchange meanwhile. */
const REBUILD_WAIT_MS = 2_000;
/** How long it waits for a turn of the living rows, in ms. Turns queued behind it wait as well. */
const LIVING_WAIT_MS = 100;

/** The outcome of an attempt. `waits`: it is not possible now. */
export type ExchangeOutcome = { kind: 'exchanged' | 'held'; report: RebuildReport } | { kind: 'waits' };

export interface ExchangeLimits {
  /** How long the living rows may stand still, in ms, before the attempt is given up. */
  standstillMs: number;
  /** Ends the attempt, also in the comparison of whole tables. */
  stop: AbortSignal;
}

/**
 * The end of a rebuild. It changes the living rows into the rebuilt ones by writing the differences in one transaction.
 * Queries see all old rows or all new ones, and views, grants and policies of the living table stay.
 *
 * Both tables are compared while both builds go on folding. Only then are the living rows locked. Both builds are
 * folded to the same position, and of all rows that differed before or were touched since, those that still differ are
 * written.
 */
@Injectable()
export class Exchange {
  constructor(
    private readonly database: Database,
    private readonly turns: Turns,
    private readonly connections: TurnConnections,
    private readonly changedRows: ChangedRows,
    private readonly options: ResolvedOptions,
    @Inject(LOG_SOURCE) private readonly source: LogSource,
  ) {}

  /** @throws StandstillTooLong, FoldFailure, and errors of PostgreSQL; then nothing was changed */
  attempt(folding: Folding, limits: ExchangeLimits): Promise<ExchangeOutcome> {
    return this.connections.ofTurn('rebuild', () =>
      this.database.transaction(async (manager) => {
        const rebuild = await lockRebuild(manager, this.options, folding.name);
        const isOver = rebuild === undefined || !statesBefore('exchanged').includes(rebuild.state);
        return isOver ? WAITS : this.attemptOn(manager, folding, rebuild, limits);
      }),
    );
  }

  private async attemptOn(
    manager: EntityManager,
    folding: Folding,
    rebuild: Rebuild,
    { standstillMs, stop }: ExchangeLimits,
  ): Promise<ExchangeOutcome> {
    await leaveTimeAndCores(manager);
    const rebuilt = await this.lock(manager, folding, 'rebuild', REBUILD_WAIT_MS);
    if (rebuilt === undefined) return WAITS;
    if (rebuilt.isPaused) return this.waitForResume(manager, folding);
    const isStopping = () => stop.aborted;
    await rebuilt.foldTo(rebuilt.head, { isStopping });
    const comparison = await this.cancelledBy(stop, manager, () =>
      BuildComparison.begin(manager, folding, this.changedRows),
    );
    await rebuilt.foldTo(await this.changedRows.head(manager), { isStopping });
    stop.throwIfAborted();
    const isFew = await comparison.isOfFewRows(); // else the standstill takes as long as it takes
    const standstill = new Standstill(manager, isFew ? standstillMs : Infinity);
    return standstill.within(() =>
      this.end(manager, { folding, rebuild, rebuilt, comparison, isFew }, standstill),
    );
  }

  private lock(manager: EntityManager, folding: Folding, build: 'live' | 'rebuild', waitMs: number) {
    const { turns, options } = this;
    return LockedBuild.lock(manager, { turns, options }, { folding, build }, waitMs);
  }

  private async waitForResume(manager: EntityManager, { name }: Folding): Promise<ExchangeOutcome> {
    const reason = `${name} is paused: its rows stay as they are until it is resumed`;
    await updateReason(manager, this.options, name, reason);
    return WAITS;
  }

  /** Cancels long statements when the process stops. */
  private async cancelledBy<Result>(
    stop: AbortSignal,
    manager: EntityManager,
    work: () => Promise<Result>,
  ): Promise<Result> {
    stop.throwIfAborted();
    const [{ pid }] = await manager.query('select pg_backend_pid() as pid');
    const cancel = () =>
      void this.database.statements.query('select pg_cancel_backend($1)', [pid]).catch(() => undefined);
    stop.addEventListener('abort', cancel);
    try {
      return await work();
    } finally {
      stop.removeEventListener('abort', cancel);
    }
  }

  /** From this call on the living rows stand still. */
  private async end(
    manager: EntityManager,
    { folding, rebuild, rebuilt, comparison, isFew }: Ending,
    standstill: Standstill,
  ): Promise<ExchangeOutcome> {
    const live = await this.lock(manager, folding, 'live', LIVING_WAIT_MS);
    if (live === undefined) return WAITS;
    if (live.isPaused) return this.waitForResume(manager, folding);
    const { head } = live;
    if (live.isOf(rebuild.revision!)) await live.foldTo(head, { atOnce: true });
    await rebuilt.foldTo(head, { atOnce: true });
    const tooLate = await this.skippedTooLate(manager, folding, head);
    if (tooLate.length > 0) return this.beginAgain(manager, rebuild, tooLate);
    const among = isFew ? await comparison.rowsThatMayDiffer(head) : undefined;
    const report = {
      comparedAt: new Date().toISOString(),
      livePosition: live.position,
      rebuildPosition: rebuilt.position,
      tables: await comparison.end(among),
    };
    standstill.check();
    return this.conclude(manager, folding, rebuild, { report, among, standstill });
  }

  /** Positions of events that were skipped in the living rows after the rebuild had folded them. */
  private async skippedTooLate(manager: EntityManager, folding: Folding, upTo: number): Promise<number[]> {
    const skipped = await selectSkippedInLiveAlone(manager, this.options, folding, upTo);
    const found: number[] = [];
    for await (const events of eventsInParts(this.source, manager, skipped))
      found.push(
        ...events.filter(({ type }) => folding.eventTypes.includes(type)).map(({ position }) => position),
      );
    return found;
  }

  private async beginAgain(
    manager: EntityManager,
    rebuild: Rebuild,
    [position]: number[],
  ): Promise<ExchangeOutcome> {
    const reason = `The event at position ${position} was skipped after the rebuild had folded it: it begins again`;
    await restartRebuild(manager, this.options, rebuild, reason);
    return WAITS;
  }

  private async conclude(
    manager: EntityManager,
    folding: Folding,
    rebuild: Rebuild,
    {
      report,
      among,
      standstill,
    }: { report: RebuildReport; among: readonly Keys[] | undefined; standstill: Standstill },
  ): Promise<ExchangeOutcome> {
    const isReleased = rebuild.state === 'released';
    const reason = isReleased ? undefined : await reasonToHold(manager, this.options, rebuild, report);
    if (reason !== undefined) {
      await moveRebuild(manager, this.options, rebuild, 'compared', { reason, report });
      return { kind: 'held', report };
    }
    for (const [number, pair] of pairsOf(folding).entries()) {
      if (different(report.tables[number]!) > 0) await write(manager, pair, among?.[number]);
      standstill.check();
    }
    await makeLive(manager, this.options, rebuild, report);
    standstill.check();
    return { kind: 'exchanged', report };
  }
}

const WAITS: ExchangeOutcome = { kind: 'waits' };

interface Ending {
  folding: Folding;
  rebuild: Rebuild;
  rebuilt: LockedBuild;
  comparison: BuildComparison;
  /** Whether the rows that may differ are known and few. */
  isFew: boolean;
}

const UNIQUE_VIOLATION = '23505';

async function write(manager: EntityManager, pair: Pair, among?: Keys): Promise<void> {
  try {
    await manager.transaction((savepoint) => writeDifferences(savepoint, pair, among));
  } catch (error) {
    if (sqlStateOf(error) !== UNIQUE_VIOLATION) throw error;
    await replaceDifferences(manager, pair, among);
  }
}

/** Lifts the role's time limits, and leaves the other cores of the database to the commands. */
const leaveTimeAndCores = (manager: EntityManager): Promise<unknown> =>
  manager.query(
    `select ${WITHOUT_TIME_LIMITS}, set_config('max_parallel_workers_per_gather', '0', true),
            set_config('max_parallel_maintenance_workers', '0', true)`,
  );
