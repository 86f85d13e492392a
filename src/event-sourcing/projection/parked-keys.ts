import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { selectEventsAt } from '../event-store/read.sql.js';
import { ResolvedOptions } from '../options.js';
import type { Build, Share } from './build.js';
import { lockCheckpoint } from './checkpoint.sql.js';
import { FoldFailure } from './fold-failure.js';
import type { Folding } from './folding.js';
import {
  deleteParkedKey,
  deleteWaiting,
  insertSkippedEvent,
  type ParkedKey,
  selectParkedKeys,
  selectPartitionOf,
  selectWaiting,
  updateParkedKey,
} from './parking.sql.js';
import { Turns } from './turn.js';
import { Database } from '../postgres/database.js';

/** Waiting events that one transaction folds at most. */
const AT_ONCE = 1_000;

/** What became of a parked key: folded to its end and free again, or parked at an event. */
export interface RetryOutcome {
  key: string;
  /** Events that were folded now. */
  folded: number;
  /** Where and why it is parked still; undefined when it is free. */
  parked?: { position: number; error: string };
}

/** Keys that are set aside, and how they come back: by today's code, in order, from the event that failed on. */
@Injectable()
export class ParkedKeys {
  constructor(
    private readonly database: Database,
    private readonly turns: Turns,
    private readonly options: ResolvedOptions,
  ) {}

  /** Parked keys of the living rows, in the order of the keys. */
  list(
    name: string,
    { after, limit = 50 }: { after?: string | undefined; limit?: number } = {},
  ): Promise<ParkedKey[]> {
    return selectParkedKeys(this.database.statements, this.options, name, { build: 'live', after, limit });
  }

  /** Folds what waits. @returns undefined when the key is not parked */
  async retry(folding: Folding, key: string, build: Build = 'live'): Promise<RetryOutcome | undefined> {
    let folded = 0;
    for (;;) {
      const outcome = await this.underLock(folding, build, key, (manager, share) =>
        this.foldWaiting(manager, share, key),
      );
      if (outcome === undefined) return folded > 0 ? { key, folded } : undefined;
      folded += outcome.folded;
      if (outcome.failure !== undefined)
        return { key, folded, parked: await this.park(folding, build, key, outcome.failure) };
      if (outcome.isDone) return { key, folded };
    }
  }

  /** Leaves the event that the key stands at out, on record, and folds what waits behind it. */
  async skip(folding: Folding, key: string, build: Build = 'live'): Promise<RetryOutcome | undefined> {
    const skipped = await this.underLock(folding, build, key, async (manager, share) => {
      const position = await insertSkippedEvent(manager, this.options, share, key);
      if (position === undefined) return undefined;
      await deleteWaiting(manager, this.options, share, key, position);
      return position;
    });
    if (skipped === undefined) return undefined;
    return (await this.retry(folding, key, build)) ?? { key, folded: 0 };
  }

  /** With the checkpoint locked, so that no turn adds to what waits meanwhile. */
  private async underLock<Result>(
    folding: Folding,
    build: Build,
    key: string,
    work: (manager: EntityManager, share: Share) => Promise<Result>,
  ): Promise<Result | undefined> {
    return this.database.transaction(async (manager) => {
      const partition = await selectPartitionOf(manager, this.options, folding.name, build, key);
      if (partition === undefined) return undefined;
      const share = { folding, build, partition, partitions: 1 };
      const checkpoint = await lockCheckpoint(manager, this.options, share, 'wait');
      return checkpoint && work(manager, { ...share, partitions: checkpoint.partitions });
    });
  }

  /** Folds as many as fold, and frees the key when nothing waits any more. */
  private async foldWaiting(manager: EntityManager, share: Share, key: string) {
    const atOnce = Math.min(AT_ONCE, share.folding.eventsAtOnce);
    const positions = await selectWaiting(manager, this.options, share, key, atOnce);
    const { folded, failure } = await this.foldInSavepoint(manager, share, positions);
    if (folded > 0) await deleteWaiting(manager, this.options, share, key, positions[folded - 1]!);
    const isDone = failure === undefined && !(await this.waits(manager, share, key));
    if (isDone) await deleteParkedKey(manager, this.options, share, key);
    return { folded, failure, isDone };
  }

  private async waits(manager: EntityManager, share: Share, key: string): Promise<boolean> {
    return (await selectWaiting(manager, this.options, share, key, 1)).length > 0;
  }

  /** Tries all; where one fails, those before it; so that a failure in the database costs no more than a savepoint. */
  private async foldInSavepoint(
    manager: EntityManager,
    share: Share,
    positions: readonly number[],
  ): Promise<{ folded: number; failure?: FoldFailure }> {
    const fold = (some: readonly number[]) =>
      manager.transaction((savepoint) => this.foldEvents(savepoint, share, some));
    let upTo = positions.length;
    let failure: FoldFailure | undefined;
    while (upTo > 0) {
      try {
        await fold(positions.slice(0, upTo));
        break;
      } catch (error) {
        // Where the event is not known, half as many are tried, until there is one.
        if (error instanceof FoldFailure) {
          failure = error;
          upTo = positions.indexOf(error.event.position);
        } else if (upTo === 1) throw error;
        else upTo = Math.floor(upTo / 2);
      }
    }
    return { folded: upTo, ...(failure && { failure }) };
  }

  private async foldEvents(
    manager: EntityManager,
    share: Share,
    positions: readonly number[],
  ): Promise<void> {
    if (positions.length === 0) return;
    const batch = this.turns.batch(manager, { ...share, partitions: 1, partition: 0 });
    try {
      await batch.fold(await selectEventsAt(manager, this.options.qualified('events'), positions));
      await batch.write();
    } catch (error) {
      throw batch.blame(error);
    }
  }

  private async park(folding: Folding, build: Build, key: string, { event, message }: FoldFailure) {
    await this.underLock(folding, build, key, (manager, share) =>
      updateParkedKey(manager, this.options, share, { key, event, error: message }),
    );
    return { position: event.position, error: message };
  }
}
