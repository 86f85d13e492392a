import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ANY_VERSION, type AppendRow } from '../log/append/append-row.js';
import { EventRegistry } from '../event/event-registry.js';
import { SubjectErasedError } from '../event/subject-erased.error.js';
import { LogWriter } from '../log/append/log-writer.js';
import { ResolvedOptions } from '../options.js';
import { Database } from '../postgres/database.js';
import { isToBeWaitedFor } from '../postgres/transient-failure.js';
import { type PersonalFields, subjectsIn } from '../privacy/fields/personal.js';
import { Telemetry } from '../telemetry/telemetry.js';
import { updateToCancelled } from './change-timers.sql.js';
import { deleteDue, type DueTimer, tryToTakeTurn, updateToFailed, usePace } from './fire-timers.sql.js';

/** Most timers of one transaction. */
const MOST = 500;
/** Most bytes of their data, as PostgreSQL keeps it. */
const MOST_BYTES = 4 * 2 ** 20;
/** A batch is at most what the bound per second allows in this part of a second. */
const PART = 10;
/** A batch that the bound allows in this part of a second is not noted: a second has fewer batches than that. */
const UNNOTED_PART = 500;

/**
 * Fires due timers. One transaction takes them out of the table and appends their events, which have the ids of the
 * timers: each becomes one event, after any crash, and the log has them in the order in which they were due.
 *
 * The transaction locks the log before it takes any row. A caller that appends and then changes a timer in one
 * transaction has the log locked, and may wait for a row: in the other order, each would wait for the other.
 *
 * When a batch cannot be appended, it is made smaller until the one event is found that cannot be. That timer alone is
 * set aside.
 */
@Injectable()
export class TimerFiring {
  private readonly logger = new Logger('Timers');
  private size = MOST;

  constructor(
    private readonly database: Database,
    private readonly writer: LogWriter,
    private readonly registry: EventRegistry,
    private readonly telemetry: Telemetry,
    private readonly options: ResolvedOptions,
  ) {}

  /**
   * Fires the next due timers.
   *
   * @returns whether there were any; false as well when another process fires
   * @throws what passes with time: the database is away, or another transaction keeps the log locked
   */
  async fire(): Promise<boolean> {
    let taken: DueTimer[] = [];
    try {
      await this.database.transaction(async (manager) => {
        if (!(await tryToTakeTurn(manager, this.options))) return;
        await this.writer.lock(manager);
        taken = await deleteDue(manager, this.options, { timers: this.most, bytes: MOST_BYTES });
        if (taken.length > 0) await this.append(manager, taken);
      });
    } catch (error) {
      if (taken.length === 0 || isToBeWaitedFor(error)) throw error;
      await this.narrow(taken, error as Error);
      return true;
    }
    if (taken.length > 0) this.fired(taken);
    return taken.length > 0;
  }

  private get most(): number {
    return Math.min(this.size, Math.ceil(this.options.timers.maxPerSecond / PART));
  }

  private async append(manager: EntityManager, taken: readonly DueTimer[]): Promise<void> {
    const rows = taken.map((timer, index) => toRow(timer, index, this.registry.personalOf(timer.type)));
    await this.writer.write(
      { rows, eventIds: rows.map(({ event_id }) => event_id), call: undefined },
      manager,
    );
    const { maxPerSecond } = this.options.timers;
    if (taken.length > maxPerSecond / UNNOTED_PART)
      await usePace(manager, this.options, (taken.length / maxPerSecond) * 1_000);
  }

  private fired(taken: readonly DueTimer[]): void {
    this.size = Math.min(this.size * 2, MOST);
    this.writer.tellOthers();
    this.telemetry.timersFired(taken.map(({ lateMs }) => lateMs / 1_000));
  }

  /** Tries fewer the next time, or sets the one aside that cannot be appended. */
  private async narrow(taken: readonly DueTimer[], error: Error): Promise<void> {
    const [first] = taken;
    this.size = Math.ceil(taken.length / 2);
    if (taken.length > 1) return;
    if (error instanceof SubjectErasedError) {
      await updateToCancelled(this.database.statements, this.options, first!.id);
      return;
    }
    await updateToFailed(this.database.statements, this.options, first!.id, error.message);
    this.telemetry.timerFailed();
    this.logger.error(
      `The timer ${first!.id} (${first!.type} for ${first!.streamId}) is set aside: ${error.message} ` +
        'Mend the cause and move it, or cancel it.',
    );
  }
}

const toRow = (
  { id, streamId, type, data, metadata, dueAt }: DueTimer,
  append: number,
  personal: readonly PersonalFields[] | undefined,
): AppendRow => ({
  append,
  stream_id: streamId,
  expected: ANY_VERSION,
  event_id: id,
  event_type: type,
  event_data: data,
  metadata: { ...metadata, dueAt: dueAt.toISOString() },
  ownId: false,
  subjects: personal && subjectsIn(personal, data), // its personal fields are encrypted since it was scheduled
});
