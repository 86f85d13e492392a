import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { StoredEvent } from '../../event/domain-event.js';
import { LOG_SOURCE, type LogSource } from '../../log/source/log-source.js';
import type { ActRecord } from '../../operations/act-record.js';
import { ResolvedOptions } from '../../options.js';
import { isToBeWaitedFor, isTransient } from '../../postgres/transient-failure.js';
import type { Build } from '../build.js';
import type { Share } from '../declare/share.js';
import { ACT_WAITS_MS, type Checkpoint, lockCheckpoint } from '../turn/checkpoint.sql.js';
import { ProjectionBusyError, ProjectionStateError } from '../projection-errors.js';
import { FoldFailure } from '../turn/fold-failure.js';
import type { Folding } from '../declare/folding.js';
import {
  deleteParkedKey,
  selectIsDue,
  selectIsLeased,
  type ParkedKey,
  selectKeysOfRebuildAlone,
  selectParkedKeys,
  selectPartitionOf,
  updateParkedKey,
} from '../turn/parking.sql.js';
import { deleteSkippedWaiting, insertSkippedEvent } from '../turn/skipping.sql.js';
import { Turns } from '../turn/turn.js';
import { deleteWaiting, selectWaiting } from '../turn/waiting.sql.js';
import { LeasedRetries } from './leased-retries.js';
import type { OnRetry, RetryOutcome, UnderLock } from './retry-outcome.js';
import { ConcurrencyLimit, ConcurrencyLimitTimeout } from '../../background/concurrency-limit.js';
import { Database } from '../../postgres/database.js';

/** Most waiting events that one transaction folds. */
const AT_ONCE = 1_000;

/** How many acts on parked keys run at once in a process. */
const ACTS = 2;

/** Which parked keys are listed. */
export interface ParkedKeysPage {
  /** The build whose keys are listed. Default: `live`. */
  build?: Build | undefined;
  /** The last key of the previous page. */
  after?: string | undefined;
  /** Default: 50. */
  limit?: number;
}

/** Parked keys, and how they are folded again: with the current code, in order, from the event that failed on. */
@Injectable()
export class ParkedKeys {
  private readonly acts = new ConcurrencyLimit(() => ACTS);

  constructor(
    private readonly database: Database,
    private readonly turns: Turns,
    private readonly options: ResolvedOptions,
    @Inject(LOG_SOURCE) private readonly source: LogSource,
    private readonly leased: LeasedRetries,
  ) {}

  /** Parked keys of a build, in the order of the keys. */
  list(name: string, { build = 'live', after, limit = 50 }: ParkedKeysPage = {}): Promise<ParkedKey[]> {
    return selectParkedKeys(this.database.statements, this.options, name, { build, after, limit });
  }

  /**
   * Folds the waiting events of a key. Each transaction stores its progress, so after a crash the next act continues
   * there.
   *
   * @returns undefined when the key is not parked
   * @throws ProjectionBusyError when a turn does not free the checkpoint in time
   */
  retry(folding: Folding, key: string, onRetry: OnRetry): Promise<RetryOutcome | undefined> {
    return this.foldAll(folding, 'live', key, onRetry);
  }

  /**
   * Makes the next attempt of a key that is retried without an operator.
   *
   * @returns undefined when no attempt is due any more
   * @throws as `retry`
   */
  retryIfDue(folding: Folding, key: string): Promise<RetryOutcome | undefined> {
    return this.foldAll(folding, 'live', key, undefined, { onlyIfDue: true });
  }

  private async foldAll(
    folding: Folding,
    build: Build,
    key: string,
    onRetry: OnRetry = () => Promise.resolve(),
    { onlyIfDue = false } = {},
  ): Promise<RetryOutcome | undefined> {
    let folded = 0;
    for (let mustBeDue = onlyIfDue; ; mustBeDue = false) {
      const guarded: UnderLock = (work) => this.underLock(folding, build, key, mustBeDue, work);
      const outcome =
        folding.leaseMs === undefined
          ? await guarded((manager, share) => this.foldOnce(manager, share, key, onRetry))
          : await this.leased.handleNext(guarded, folding.name, key, onRetry);
      if (outcome === undefined) return folded > 0 ? { key, folded } : undefined;
      folded += outcome.folded;
      if (outcome.parked !== undefined) return { key, folded, parked: outcome.parked };
      if (outcome.isDone) return { key, folded };
    }
  }

  private async foldOnce(manager: EntityManager, share: Share, key: string, onRetry: OnRetry) {
    const found = await this.foldWaiting(manager, share, key);
    await onRetry(manager, found);
    return found;
  }

  /** Leaves out the event at which the key is parked, records that, and folds the events behind it. */
  async skip(folding: Folding, key: string, record: ActRecord): Promise<RetryOutcome | undefined> {
    const skipped = await this.underLock(folding, 'live', key, false, async (manager, share) => {
      if (await selectIsLeased(manager, this.options, share, key))
        throw new ProjectionBusyError(folding.name);
      const position = await insertSkippedEvent(manager, this.options, share, key);
      if (position === undefined) return undefined;
      await deleteWaiting(manager, this.options, share, key, position);
      await record.done(manager, `Skipped the event at position ${position}`);
      return position;
    });
    if (skipped === undefined) return undefined;
    return (await this.foldAll(folding, 'live', key)) ?? { key, folded: 0 };
  }

  /**
   * Retries the parked keys of a rebuild that are not parked in the living rows: they were retried or skipped there
   * since.
   */
  async retryForgiven(folding: Folding): Promise<void> {
    for (const key of await selectKeysOfRebuildAlone(this.database.statements, this.options, folding.name)) {
      await this.foldAll(folding, 'rebuild', key);
    }
  }

  /** Locks the checkpoint, so that no turn adds waiting events meanwhile. */
  private async underLock<Result>(
    folding: Folding,
    build: Build,
    key: string,
    mustBeDue: boolean,
    work: (manager: EntityManager, share: Share) => Promise<Result>,
  ): Promise<Result | undefined> {
    return this.inTurn(folding, async (manager) => {
      const partition = await selectPartitionOf(manager, this.options, folding.name, build, key);
      if (partition === undefined) return undefined;
      const share = { folding, build, partition, partitions: 1 };
      const checkpoint = await this.lock(manager, share);
      if (checkpoint === undefined) return undefined;
      if (checkpoint.isPaused && build === 'live') {
        throw new ProjectionStateError(
          'projection.paused',
          `${folding.name} is paused, and its rows stay as they are: resume it first.`,
        );
      }
      if (mustBeDue && !(await selectIsDue(manager, this.options, share, key))) return undefined;
      return work(manager, { ...share, partitions: checkpoint.partitions });
    });
  }

  /** Runs a few acts at a time: acts that wait for a turn leave the connections of the pool to others. */
  private async inTurn<Result>(
    { name }: Folding,
    work: (manager: EntityManager) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await this.acts.run(() => this.database.transaction(work), ACT_WAITS_MS);
    } catch (error) {
      throw error instanceof ConcurrencyLimitTimeout ? new ProjectionBusyError(name) : error;
    }
  }

  private async lock(manager: EntityManager, share: Share): Promise<Checkpoint | undefined> {
    try {
      return await lockCheckpoint(manager, this.options, share, { waitMs: ACT_WAITS_MS });
    } catch (error) {
      if (isTransient(error)) throw new ProjectionBusyError(share.folding.name, { cause: error });
      throw error;
    }
  }

  /** Folds events up to the first that fails. Then the key is free, or parked at that event. */
  private async foldWaiting(manager: EntityManager, share: Share, key: string) {
    await deleteSkippedWaiting(manager, this.options, share, key);
    const atOnce = Math.min(AT_ONCE, share.folding.eventsAtOnce);
    const positions = await selectWaiting(manager, this.options, share, key, atOnce);
    const startedAt = performance.now();
    const { events, upTo } = await this.source.eventsAt(manager, positions);
    const { folded, failure } = await this.foldInSavepoint(manager, share, events);
    const reached = folded === events.length ? upTo : (events[folded - 1]?.position ?? 0);
    if (reached > 0) await deleteWaiting(manager, this.options, share, key, reached);
    if (failure !== undefined) {
      const { event, message: error } = failure;
      const failures = [{ agoMs: 0, ms: Math.round(performance.now() - startedAt), error }];
      await updateParkedKey(manager, this.options, share, { key, event, error, failures });
      return { folded, parked: { position: event.position, error } };
    }
    const isDone = !(await this.waits(manager, share, key));
    if (isDone) await deleteParkedKey(manager, this.options, share, key);
    return { folded, isDone };
  }

  private async waits(manager: EntityManager, share: Share, key: string): Promise<boolean> {
    return (await selectWaiting(manager, this.options, share, key, 1)).length > 0;
  }

  /** Tries all events; when one fails, only the events before it. The savepoint undoes a failure in the database. */
  private async foldInSavepoint(
    manager: EntityManager,
    share: Share,
    events: readonly StoredEvent[],
  ): Promise<{ folded: number; failure?: FoldFailure }> {
    const fold = (some: readonly StoredEvent[]) =>
      manager.transaction((savepoint) => this.foldEvents(savepoint, share, some));
    let upTo = events.length;
    let failure: FoldFailure | undefined;
    while (upTo > 0) {
      try {
        await fold(events.slice(0, upTo));
        break;
      } catch (error) {
        const isOfHandler = error instanceof FoldFailure && share.folding.retry !== undefined;
        if (isToBeWaitedFor(error) && !isOfHandler) throw error;
        // When the failing event is not known, half as many are tried, until it is.
        if (error instanceof FoldFailure) {
          failure = error;
          const { position: failed } = error.event;
          upTo = events.findIndex(({ position }) => position === failed);
        } else if (upTo === 1) throw error;
        else upTo = Math.floor(upTo / 2);
      }
    }
    return { folded: upTo, ...(failure && { failure }) };
  }

  private async foldEvents(
    manager: EntityManager,
    share: Share,
    events: readonly StoredEvent[],
  ): Promise<void> {
    const batch = this.turns.batch(manager, { ...share, partitions: 1, partition: 0 });
    try {
      await batch.fold(events);
      await this.turns.write(manager, share.folding, batch);
    } catch (error) {
      throw batch.attribute(error);
    }
  }
}
