import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { DomainEvent, Recorded } from '../../event/domain-event.js';
import { EventRegistry } from '../../event/event-registry.js';
import { LOG_SOURCE, type LogSource } from '../../log/source/log-source.js';
import type { Share } from '../declare/share.js';
import { freeLease, holdsLease, takeLease } from '../lease/lease.sql.js';
import { LeaseOvertaken } from '../lease/lease-overtaken.js';
import { LeasedWork, LeaseParts } from '../lease/leased-work.js';
import { ProjectionBusyError } from '../projection-errors.js';
import { FoldFailure } from '../turn/fold-failure.js';
import { deleteParkedKey, updateParkedKey } from '../turn/parking.sql.js';
import { deleteWaiting, selectWaiting } from '../turn/waiting.sql.js';
import { deleteSkippedWaiting } from '../turn/skipping.sql.js';
import type { OnRetry, UnderLock } from './retry-outcome.js';

/** The outcome for the first waiting event of a key. */
interface NextOutcome {
  folded: number;
  /** Whether no event waits any more: the key is free. */
  isDone?: boolean;
  parked?: { position: number; error: string };
}

/** The first waiting event of a key, which is under a lease. */
interface Taken {
  share: Share;
  token: string;
  position: number;
}

/** Handles waiting events of a parked key under a lease: the other keys of the reaction go on meanwhile. */
@Injectable()
export class LeasedRetries {
  constructor(
    private readonly parts: LeaseParts,
    private readonly registry: EventRegistry,
    @Inject(LOG_SOURCE) private readonly source: LogSource,
  ) {}

  /**
   * @returns undefined when the key is not parked
   * @throws ProjectionBusyError when another process works on the key
   */
  async handleNext(
    underLock: UnderLock,
    name: string,
    key: string,
    onRetry: OnRetry,
  ): Promise<NextOutcome | undefined> {
    const taken = await underLock((manager, share) => this.take(manager, share, key));
    if (taken === undefined || !('token' in taken)) return taken;
    const startedAt = performance.now();
    try {
      return await this.handle(taken, key, onRetry);
    } catch (error) {
      if (!(error instanceof FoldFailure)) return await this.giveUp(taken, key, name, error);
      const ms = Math.round(performance.now() - startedAt);
      return await this.inTransaction((manager) => this.failed(manager, taken, error, { ms, onRetry }));
    }
  }

  private async take(manager: EntityManager, share: Share, key: string): Promise<Taken | NextOutcome> {
    const { options } = this.parts;
    await deleteSkippedWaiting(manager, options, share, key);
    const [position] = await selectWaiting(manager, options, share, key, 1);
    const token = randomUUID();
    if (!(await takeLease(manager, options, { share, key }, token))) {
      throw new ProjectionBusyError(share.folding.name);
    }
    if (position !== undefined) return { share, token, position };
    await deleteParkedKey(manager, options, share, key);
    return { folded: 0, isDone: true };
  }

  private async handle(
    { share, token, position }: Taken,
    key: string,
    onRetry: OnRetry,
  ): Promise<NextOutcome> {
    const { options } = this.parts;
    let isDone = false;
    const waits = async (manager: EntityManager) =>
      (await selectWaiting(manager, options, share, key, 1)).includes(position);
    const settle = async (manager: EntityManager) => {
      await deleteWaiting(manager, options, share, key, position);
      isDone = (await selectWaiting(manager, options, share, key, 1)).length === 0;
      if (isDone) await deleteParkedKey(manager, options, share, key);
      else await freeLease(manager, options, { share, key }, token);
      await onRetry(manager, {});
    };
    const place = { share, key };
    const isSettled = async (manager: EntityManager) => !(await waits(manager));
    const event = await this.read(share, key, position);
    await new LeasedWork({ place, token, event, settle, isSettled }, this.parts).run();
    return { folded: 1, isDone };
  }

  /** @throws FoldFailure when the event cannot be read */
  private async read(share: Share, key: string, position: number): Promise<Recorded<DomainEvent>> {
    const [stored] = (await this.source.eventsAt(this.parts.database.statements, [position])).events;
    await this.registry.prepare([stored!]);
    try {
      return this.registry.revive(stored!);
    } catch (error) {
      throw new FoldFailure(stored!, key, error);
    }
  }

  private async failed(
    manager: EntityManager,
    { share, token }: Taken,
    { event, key, message: error }: FoldFailure,
    { ms, onRetry }: { ms: number; onRetry: OnRetry },
  ): Promise<NextOutcome> {
    const { options } = this.parts;
    const parked = { position: event.position, error };
    if (!(await holdsLease(manager, options, { share, key }, token))) return { folded: 0, parked };
    const failures = [{ agoMs: 0, ms, error }];
    await updateParkedKey(manager, options, share, { key, event, error, failures });
    await onRetry(manager, { parked });
    return { folded: 0, parked };
  }

  /** When the database is away, the lease ends by time. */
  private async giveUp({ share, token }: Taken, key: string, name: string, error: unknown): Promise<never> {
    const { database, options } = this.parts;
    await freeLease(database.statements, options, { share, key }, token).catch(() => undefined);
    throw error instanceof LeaseOvertaken ? new ProjectionBusyError(name, { cause: error }) : error;
  }

  private inTransaction<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    return this.parts.database.transaction(work);
  }
}
