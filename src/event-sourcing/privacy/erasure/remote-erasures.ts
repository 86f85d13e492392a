import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { backOffDelay } from '../../background/retry.js';
import { WakeUp } from '../../background/wake-up.js';
import type { StoredEvent } from '../../event/domain-event.js';
import { EventfoldError } from '../../errors.js';
import { eventsInParts, LOG_SOURCE, type LogSource } from '../../log/source/log-source.js';
import { ResolvedOptions } from '../../options.js';
import { Database } from '../../postgres/database.js';
import { LOCK_NOT_AVAILABLE, sqlStateOf } from '../../postgres/sql-state.js';
import type { KeyTables } from '../key-tables.js';
import { KEPT_MS, SubjectKeys } from '../subject-keys.js';
import { takeTime, type Waiting } from './erasure-step.js';
import { blankFailuresAt, selectFailed } from './failure-texts.sql.js';
import { ReadModelErasure } from './read-model-erasure.js';
import {
  type ErasureElsewhere,
  insertApplied,
  lockApplied,
  selectErasuresAfter,
  selectLastApplied,
} from './remote-erasures.sql.js';

/** How often it asks for erasures beside the log, in ms. */
const LOOK_MS = 30_000;
/** Pause before it looks again at one that waits, in ms; it doubles up to 10 s. */
const AGAIN_MS = 100;
/** Longer than a key stays in memory: afterwards no row can get personal data of the subject any more. */
const DUE_AFTER_MS = KEPT_MS + 5_000;

/**
 * Applies erasures to a database whose log is elsewhere: the rows of its projections, and what tells of failures at
 * folding them. It reads the erasures where it reads the keys of persons. A process that was not told where has folded
 * nothing personal.
 *
 * They are applied in their order, each in one transaction with its record in `applied_erasures`. So a process that
 * dies leaves the next one as it was, and several processes do each once.
 */
@Injectable()
export class RemoteErasures {
  private readonly logger = new Logger('Erasures');
  private readonly wakeUp = new WakeUp();
  private stopping = false;
  private running: Promise<void> | undefined;
  private lastFailure: string | undefined;

  constructor(
    private readonly database: Database,
    private readonly keys: SubjectKeys,
    @Inject(LOG_SOURCE) private readonly source: LogSource,
    private readonly readModels: ReadModelErasure,
    private readonly options: ResolvedOptions,
  ) {}

  /** Does nothing in a process without background work, beside the log, or without the keys of persons. */
  start(): void {
    const { elsewhere } = this.keys;
    if (!this.options.projections || elsewhere === undefined) return;
    this.running ??= this.loop(elsewhere);
  }

  /** Waits for the erasure under way. Can be called again. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wakeUp.ring();
    await this.running;
  }

  private async loop(tables: KeyTables): Promise<void> {
    let looks = 0;
    while (!this.stopping) {
      const isLeft = await this.applyAll(tables).catch((error: Error) => this.tell(error));
      looks = isLeft ? looks + 1 : 0;
      await this.wakeUp.wait(isLeft ? backOffDelay(looks, AGAIN_MS) : LOOK_MS);
    }
  }

  /** Applies what is due, up to the first one that must wait. @returns whether one waits */
  private async applyAll(tables: KeyTables): Promise<boolean> {
    for (;;) {
      const last = await selectLastApplied(this.database.statements, this.options);
      const erasures = await selectErasuresAfter(tables, last, DUE_AFTER_MS);
      this.lastFailure = undefined;
      if (erasures.length === 0) return false;
      for (const erasure of erasures) {
        if (this.stopping || !erasure.isDue) return false;
        const waiting = await this.apply(erasure);
        if (waiting !== undefined) return true;
      }
    }
  }

  private async apply(erasure: ErasureElsewhere): Promise<Waiting | undefined> {
    const positions = await this.failedOf(erasure);
    try {
      return await this.database.transaction((manager) => this.applyWithin(manager, erasure, positions));
    } catch (error) {
      if (sqlStateOf(error) !== LOCK_NOT_AVAILABLE) throw error;
      return { waitsFor: 'another process, or a session that holds a lock' };
    }
  }

  private async applyWithin(
    manager: EntityManager,
    erasure: ErasureElsewhere,
    positions: readonly number[],
  ): Promise<Waiting | undefined> {
    await takeTime(manager);
    await lockApplied(manager, this.options);
    if ((await selectLastApplied(manager, this.options)) >= erasure.number) return undefined;
    const found = await this.empty(manager, erasure, positions);
    if (typeof found !== 'number') return found;
    await insertApplied(manager, this.options, erasure, found);
    this.logger.log(
      `The erasure ${erasure.id} is applied: ${found} rows and texts were left, and are emptied.`,
    );
    return undefined;
  }

  /** @returns how much was found */
  private async empty(
    manager: EntityManager,
    erasure: ErasureElsewhere,
    positions: readonly number[],
  ): Promise<number | Waiting> {
    let found = 0;
    const ofRows = erasure.isLifted ? [] : await this.readModels.ofRows(manager);
    for (const step of [...ofRows, ...this.readModels.ofReports()]) {
      const outcome = await step.run(manager, erasure);
      if ('waitsFor' in outcome) return outcome;
      found += outcome.found;
    }
    const { subject } = erasure;
    return found + (await blankFailuresAt(manager, this.options, { subject, positions }));
  }

  /**
   * The positions of the subject's events among those at which a projection has failed. When the stream has lost one of
   * them, nothing tells whose it was, and all are returned.
   */
  private async failedOf({ subject, streams }: ErasureElsewhere): Promise<readonly number[]> {
    const { statements } = this.database;
    const failed = await selectFailed(statements, this.options);
    const isOfSubject = ({ streamId, data }: StoredEvent) =>
      streams.includes(streamId) || JSON.stringify(data).includes(subject);
    try {
      const found: number[] = [];
      for await (const events of eventsInParts(this.source, statements, failed))
        found.push(...events.filter(isOfSubject).map(({ position }) => position));
      return found;
    } catch (error) {
      if (error instanceof EventfoldError && error.code === 'events-removed') return failed;
      throw error;
    }
  }

  /** Once for each reason, which may last. */
  private tell({ message }: Error): boolean {
    if (message === this.lastFailure) return true;
    this.lastFailure = message;
    this.logger.warn(
      `Erasures cannot be applied to this database now, and are later: ${message}. ` +
        'The role of privacy.keys needs SELECT on "erasures", beside the tables of keys.',
    );
    return true;
  }
}
