import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { AggregateClass, StoredState } from '../aggregate-root.js';
import { ResolvedOptions } from '../../options.js';
import { jsonFaultOf } from './json-fault.js';
import { isSnapshotDue } from './snapshot-due.js';
import { type StreamTail, type TailRange, selectTail, upsertSnapshot } from './snapshot.sql.js';
import { type Snapshot, SnapshotWriter } from './snapshot-write-queue.js';
import { Database } from '../../postgres/database.js';
import { sqlStateOf } from '../../postgres/sql-state.js';

/**
 * How long a write may take, in ms. A longer one waits for a lock on the table, and its connection is needed elsewhere.
 */
const WRITE_TIMEOUT_MS = 2_000;

/**
 * Snapshots spare a load the events before them. Nothing relies on them: no command waits for a snapshot to be written,
 * and one that is missing, broken or of another revision costs time, never a wrong state.
 */
@Injectable()
export class Snapshots {
  private readonly logger = new Logger('Snapshots');
  private readonly tables: { events: string; snapshots: string; erasures: string };
  private readonly readFunction: string;
  private readonly every: number;
  private readonly writer = new SnapshotWriter(
    (snapshot) => this.write(snapshot),
    (error) => this.logger.warn(`Not written, and dropped: ${error.message}`),
  );
  /** The `stream` of each class whose state does not survive JSON. */
  private readonly unfit = new Set<string>();
  /** The `stream` of each class of which a single state was left out. */
  private readonly leftOut = new Set<string>();
  private usable = true;

  constructor(
    private readonly database: Database,
    options: ResolvedOptions,
  ) {
    this.tables = {
      events: options.qualified('events'),
      snapshots: options.qualified('snapshots'),
      erasures: options.qualified('erasures'),
    };
    this.readFunction = options.qualified('read_tail');
    this.every = options.snapshots === false ? Infinity : options.snapshots.every;
  }

  /** The revision whose snapshots are used; undefined when snapshots are off for the class. */
  revisionOf({ snapshotRevision }: AggregateClass<any>): number | undefined {
    return this.usable && this.every !== Infinity ? snapshotRevision : undefined;
  }

  /** The end of a stream in one round trip; undefined when the stream must be read without snapshots. */
  async readTail(range: TailRange, manager?: EntityManager): Promise<StreamTail | undefined> {
    try {
      return await selectTail(manager ?? this.database.statements, this.readFunction, range);
    } catch (error) {
      if (manager !== undefined || !isMissing(error)) throw error;
      this.usable = false;
      this.logger.error(`There are none until the next start: ${error.message}. Were all migrations run?`);
      return undefined;
    }
  }

  /** Queues a snapshot of a state that was folded from version `since` on, when one is due. */
  offer(aggregateClass: AggregateClass<any>, streamId: string, stored: StoredState, since: number): void {
    const revision = this.revisionOf(aggregateClass);
    const { stream } = aggregateClass;
    if (revision === undefined || this.unfit.has(stream)) return;
    if (isSnapshotDue(this.every, since, stored.version))
      this.writer.offer({ streamId, stream, revision, stored });
  }

  stop(): Promise<void> {
    return this.writer.stop();
  }

  private async write({ streamId, stream, revision, stored }: Snapshot): Promise<void> {
    const fault = jsonFaultOf(stored.state);
    if (fault === 'of the class') return this.exclude(stream);
    if (fault === 'of the state') return this.leaveOut(streamId, stream);
    const state = JSON.stringify(stored.state);
    await this.database.transaction(async (manager) => {
      await manager.query(`set local statement_timeout = ${WRITE_TIMEOUT_MS}`);
      await upsertSnapshot(manager, this.tables, { streamId, version: stored.version, revision, state });
    });
  }

  private exclude(stream: string): void {
    this.unfit.add(stream);
    this.logger.error(
      `The state of "${stream}" does not survive JSON, so there are no snapshots of it. ` +
        'Keep Date, Map and ' +
        `the like out of it, or remove its snapshotRevision.`,
    );
  }

  /** Tells of the first such state of a class only. */
  private leaveOut(streamId: string, stream: string): void {
    if (this.leftOut.has(stream)) return;
    this.leftOut.add(stream);
    this.logger.warn(
      `The state of "${streamId}" has undefined, NaN or Infinity in it, which JSON would change, so there is no ` +
        `snapshot of it. Other states of "${stream}" have theirs.`,
    );
  }
}

/** Whether the table is missing, has another shape, or is not accessible to this user: SQLSTATE class 42. */
const isMissing = (error: unknown): error is Error => sqlStateOf(error)?.startsWith('42') === true;
