import { Injectable, Logger } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import type { EntityManager } from 'typeorm';
import type { AggregateClass, StoredState } from '../aggregate-root.js';
import { ResolvedOptions } from '../../options.js';
import { type StreamTail, type TailRange, selectTail, upsertSnapshot } from './snapshot.sql.js';
import { type Snapshot, SnapshotWriter } from './snapshot-writer.js';
import { Database } from '../../postgres/database.js';
import { sqlStateOf } from '../../postgres/sql-state.js';

/** A write that takes longer is given up, in ms: somebody has the table locked, and the connection is needed. */
const WRITE_TIMEOUT_MS = 2_000;

/**
 * Snapshots save a load the events before them. Nothing relies on one: none is written in the way of a command, and one
 * that is missing, of another revision or broken costs time, never a wrong state.
 */
@Injectable()
export class Snapshots {
  private readonly logger = new Logger('Snapshots');
  private readonly tables: { events: string; snapshots: string };
  private readonly readFunction: string;
  private readonly every: number;
  private readonly writer = new SnapshotWriter(
    (snapshot) => this.write(snapshot),
    (error) => this.logger.warn(`Not written, and dropped: ${error.message}`),
  );
  /** Streams of classes whose state does not survive JSON. */
  private readonly unfit = new Set<string>();
  private usable = true;

  constructor(
    private readonly database: Database,
    options: ResolvedOptions,
  ) {
    this.tables = { events: options.qualified('events'), snapshots: options.qualified('snapshots') };
    this.readFunction = options.qualified('read_tail');
    this.every = options.snapshots === false ? Infinity : options.snapshots.every;
  }

  /** The revision whose snapshots are used; undefined when there are none. */
  revisionOf({ snapshotRevision }: AggregateClass<any>): number | undefined {
    return this.usable && this.every !== Infinity ? snapshotRevision : undefined;
  }

  /** The end of a stream in one round trip; undefined when it has to be read without snapshots. */
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

  /** Has the state written when, folded from version `since`, it has come past a multiple of `every`. */
  offer(aggregateClass: AggregateClass<any>, streamId: string, stored: StoredState, since: number): void {
    const revision = this.revisionOf(aggregateClass);
    const { stream } = aggregateClass;
    if (revision === undefined || this.unfit.has(stream)) return;
    const isDue = Math.floor(stored.version / this.every) > Math.floor(since / this.every);
    if (isDue) this.writer.offer({ streamId, stream, revision, stored });
  }

  stop(): Promise<void> {
    return this.writer.stop();
  }

  private async write({ streamId, stream, revision, stored }: Snapshot): Promise<void> {
    const state = JSON.stringify(stored.state);
    if (!isDeepStrictEqual(JSON.parse(state), stored.state)) return this.exclude(stream);
    await this.database.transaction(async (manager) => {
      await manager.query(`set local statement_timeout = ${WRITE_TIMEOUT_MS}`);
      await upsertSnapshot(manager, this.tables, { streamId, version: stored.version, revision, state });
    });
  }

  private exclude(stream: string): void {
    this.unfit.add(stream);
    this.logger.error(
      `The state of "${stream}" does not survive JSON, so there are no snapshots of it. ` +
        'Keep Date, Map, undefined and ' +
        `the like out of it, or remove its snapshotRevision.`,
    );
  }
}

/** Whether the table is not there, not as it should be, or not for this user: SQLSTATE class 42. */
const isMissing = (error: unknown): error is Error => sqlStateOf(error)?.startsWith('42') === true;
