import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { requireLog } from '../event/no-log.error.js';
import { canonicalUuid } from '../event/uuid.js';
import { ActRecorder } from '../operations/act-recorder.js';
import type { ActName } from '../operations/operation.js';
import { requireArguments } from '../options/require-arguments.js';
import { ResolvedOptions } from '../options.js';
import { Database } from '../postgres/database.js';
import type { TimerFigures } from './read-timers.sql.js';
import { ACT_ON, type DueTime, dueOf, MOVE_TO } from './timer-arguments.js';
import { TimerTable } from './timer-table.js';
import type { Timer } from './timer.js';

/**
 * The acts of an operator on timers. Each is recorded in the log of operations, with the actor of the running message:
 * see `OperationsLog`. Code of the application uses `Timers`, which records nothing.
 */
@Injectable()
export class TimerOperations {
  constructor(
    private readonly database: Database,
    private readonly table: TimerTable,
    private readonly recorder: ActRecorder,
    private readonly options: ResolvedOptions,
  ) {}

  /**
   * Makes a timer due at another time, also one that has failed.
   *
   * @throws TimerNotFoundError; TimerEndedError when it has fired or is cancelled
   */
  async move(id: string, at: DueTime): Promise<Timer> {
    requireArguments('TimerOperations.move', { id, at }, MOVE_TO);
    const parameters = { at: at instanceof Date ? at.toISOString() : at };
    return this.perform('move-timer', id, parameters, (timer, manager) =>
      this.table.move(timer, dueOf(at), manager),
    );
  }

  /** @throws TimerNotFoundError; TimerEndedError when it has fired or was cancelled before */
  async cancel(id: string): Promise<Timer> {
    requireArguments('TimerOperations.cancel', { id }, ACT_ON);
    return this.perform('cancel-timer', id, {}, (timer, manager) => this.table.cancel(timer, manager));
  }

  /** How many wait and have failed, and how late the oldest is; zeros without a log. */
  async figures(): Promise<TimerFigures> {
    return this.options.hasLog ? this.table.figures() : { pending: 0, failed: 0, overdueSeconds: 0 };
  }

  private perform(
    act: ActName,
    id: string,
    parameters: object,
    work: (timer: string, manager: EntityManager) => Promise<Timer>,
  ): Promise<Timer> {
    requireLog(this.options);
    const timer = canonicalUuid(id)!;
    return this.recorder.perform({ act, parameters: { timer, ...parameters } }, (record) =>
      this.database.transaction(async (manager) => {
        const changed = await work(timer, manager);
        await record.done(
          manager,
          `${changed.type} for ${changed.streamId}, due at ${changed.dueAt.toISOString()}`,
        );
        return changed;
      }),
    );
  }
}
