import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { EventRegistry } from '../../event/event-registry.js';
import { CallerTransaction } from '../../log/append/caller-transaction.js';
import { LOG_SOURCE, type LogSource } from '../../log/source/log-source.js';
import { ResolvedOptions } from '../../options.js';
import { Telemetry } from '../../telemetry/telemetry.js';
import { BackgroundWork } from './background-work.js';
import type { Share } from '../declare/share.js';
import type { Folding } from '../declare/folding.js';
import { type Checkpoint, lockCheckpoint, saveCheckpoint, updateHasOwnSql } from './checkpoint.sql.js';
import { CurrentTurn } from './current-turn.js';
import { LogWindow } from './log-window.js';
import { insertParkedKey, type KeyToPark } from './parking.sql.js';
import type { Pace } from '../columns/row-table.js';
import { requireRoomToPark } from './parking-limit.js';
import { RebuildPace } from './rebuild-pace.js';
import { insertLeftOut } from './skipping.sql.js';
import { type BatchOptions, type HandOver, TurnBatch } from './turn-batch.js';
import { TurnConnections } from './turn-connections.js';
import { TurnMeasurement } from './turn-measurement.js';
import { insertWaitingEvents } from './waiting.sql.js';
import { Database } from '../../postgres/database.js';

/**
 * The outcome of a turn. `folded`: the rows are folded up to `position`, except for the keys in `parked`; `behind`
 * tells whether the log went further then. `elsewhere`: another instance has the checkpoint, or there is none.
 * `replaced`: the rows have another revision or other partitions than this process knows.
 */
export type TurnOutcome =
  | { kind: 'folded'; position: number; behind: boolean; parked: readonly string[] }
  | { kind: 'elsewhere' | 'paused' | 'replaced' };

export interface TurnLimits {
  /** Most positions that the turn covers. */
  size: number;
  /** The turn ends when it has changed this many rows, which are in memory until then. */
  maxRows: number;
  /** The turn ends before this position. */
  before?: number;
  /** A key to park from its event on, which is then the only event of the turn. */
  park?: KeyToPark;
  /** Takes the next event instead of its handler: see `BatchOptions`. */
  handOver?: HandOver;
  /** The token of the caller's own lease. */
  token?: string;
  /** Called between pieces of work: whether the turn should end early. */
  isStopping?: (() => boolean) | undefined;
  /** Whether to fold without rests, also in a rebuild, since something waits for it. */
  atOnce?: boolean;
  /** Called with the position after which the turn starts, and the position it is to reach. */
  began?: (after: number, upTo: number) => void;
  /** Called at the end of the turn's transaction. For tests, which interrupt the turn there. */
  beforeCommit?: (manager: EntityManager) => Promise<void>;
}

/**
 * A turn is one transaction: lock the checkpoint, read the next events of the log, fetch the rows they touch, fold in
 * memory, write the rows, advance the checkpoint, commit. Rows and checkpoint are committed together, so every event is
 * folded exactly once, after any crash and on any number of instances. A turn takes a constant number of statements for
 * each page of events, whatever the number of rows.
 *
 * Positions have no gaps, so the window is plain arithmetic and the checkpoint moves over events that the projection
 * does not handle.
 */
@Injectable()
export class Turns {
  private readonly rebuildPace: RebuildPace;

  constructor(
    private readonly database: Database,
    private readonly connections: TurnConnections,
    private readonly registry: EventRegistry,
    private readonly currentTurn: CurrentTurn,
    background: BackgroundWork,
    private readonly telemetry: Telemetry,
    private readonly options: ResolvedOptions,
    @Inject(LOG_SOURCE) private readonly source: LogSource,
  ) {
    this.rebuildPace = new RebuildPace(background);
  }

  /** @throws FoldFailure, TooManyParked, and errors of PostgreSQL; then nothing was changed */
  async run(share: Share, limits: TurnLimits): Promise<TurnOutcome> {
    const measurement = new TurnMeasurement(share, this.telemetry);
    try {
      const outcome = await this.transact(share, limits, measurement.folding);
      if (outcome.kind === 'folded') measurement.committed(outcome.position);
      return outcome;
    } catch (error) {
      measurement.failed(error);
      throw error;
    }
  }

  /** Runs a turn that the caller measures. */
  transact(share: Share, limits: TurnLimits, within?: BatchOptions['within']): Promise<TurnOutcome> {
    return this.connections.ofTurn(share.build, () =>
      this.database.transaction<TurnOutcome>((manager) => this.runIn(manager, share, limits, within)),
    );
  }

  private async runIn(
    manager: EntityManager,
    share: Share,
    limits: TurnLimits,
    within: BatchOptions['within'],
  ): Promise<TurnOutcome> {
    const checkpoint = await lockCheckpoint(manager, this.options, share, 'skip');
    if (checkpoint === undefined || isOfAnother(checkpoint, limits.token)) return { kind: 'elsewhere' };
    if (checkpoint.isPaused && share.build === 'live') return { kind: 'paused' };
    const isOurs =
      checkpoint.revision === share.folding.revision && checkpoint.partitions === share.partitions;
    if (!isOurs) return { kind: 'replaced' };
    const { size, before = Infinity } = limits;
    const upTo = Math.min(checkpoint.position + size, checkpoint.head, before - 1);
    limits.began?.(checkpoint.position, upTo);
    if (share.build === 'rebuild') this.rebuildPace.adjust(share, checkpoint);
    const bounds = { ...limits, upTo, within };
    const position = await this.advance(manager, share, checkpoint, bounds);
    await limits.beforeCommit?.(manager);
    const parked = limits.park === undefined ? checkpoint.parked : [...checkpoint.parked, limits.park.key];
    return { kind: 'folded', position, behind: position < checkpoint.head, parked };
  }

  /**
   * Folds from the checkpoint to `upTo` or to a limit, in the caller's transaction, which has the checkpoint locked.
   */
  async advance(
    manager: EntityManager,
    share: Share,
    { position, parked, skipped }: Pick<Checkpoint, 'position' | 'parked' | 'skipped'>,
    {
      upTo,
      maxRows,
      park,
      within,
      handOver,
      isStopping,
      atOnce = share.build === 'live',
    }: Pick<TurnLimits, 'maxRows' | 'park' | 'handOver' | 'isStopping' | 'atOnce'> &
      Pick<BatchOptions, 'within'> & { upTo: number },
  ): Promise<number> {
    if (upTo <= position) return position;
    // Another instance may have folded the event by now, or parked its key.
    const parks = park !== undefined && park.event.position > position && !parked.includes(park.key);
    if (parks) requireRoomToPark(parked.length, this.options.turns.maxParkedKeys, park.error);
    const batch = this.batch(manager, share, {
      isEmpty: position === 0 && share.build === 'rebuild',
      isParked: parkedBy(parks ? [...parked, park.key] : parked),
      skipped: skipped.length > 0 ? new Set(skipped) : undefined,
      within,
      handOver,
    });
    try {
      const log = new LogWindow(this.source, this.database, this.options, share);
      const window = { after: position, upTo, maxRows };
      const pace = atOnce ? undefined : this.rebuildPace.of(share, isStopping);
      const scanned =
        pace === undefined
          ? await log.foldPages(manager, batch, window)
          : await log.foldPieces(manager, batch, window, { pace, isStopping });
      const reached = batch.handedOver === undefined ? scanned : batch.handedOver - 1;
      await this.write(manager, share.folding, batch, pace);
      if (parks) await insertParkedKey(manager, this.options, share, park);
      await insertWaitingEvents(manager, this.options, share, batch.waiting);
      await insertLeftOut(manager, this.options, share, batch.leftOut);
      if (reached > position) await saveCheckpoint(manager, this.options, share, reached);
      return reached;
    } catch (error) {
      throw batch.attribute(error);
    }
  }

  /** A batch for the rows of a share, in a transaction that has its checkpoint locked. */
  batch(manager: EntityManager, share: Share, options?: BatchOptions): TurnBatch {
    const { registry, currentTurn } = this;
    return new TurnBatch(manager, share, { registry, currentTurn }, options);
  }

  /**
   * Writes the rows, and appends the events that handlers handed in. An append here, and not at the commit, lets a
   * failure be attributed to an event. Records for good that a handler of the projection has its own SQL. The writes of
   * that SQL, such as an append, must be on the disk before they are visible, as in any other transaction.
   */
  async write(manager: EntityManager, { name }: Folding, batch: TurnBatch, pace?: Pace): Promise<void> {
    await batch.write(pace);
    await CallerTransaction.known(manager)?.appendAllWaiting();
    if (!batch.hasOwnSql) return;
    await manager.query('set local synchronous_commit to default');
    await updateHasOwnSql(manager, this.options, name);
  }
}

/** Whether another process works under a lease. */
const isOfAnother = ({ isLeased, leaseToken }: Checkpoint, token: string | undefined) =>
  isLeased && leaseToken !== token;

/** Whether a key is parked; undefined when none is, which saves the check. */
function parkedBy(parked: readonly string[]) {
  if (parked.length === 0) return undefined;
  const keys = new Set(parked);
  return (key: string) => keys.has(key);
}
