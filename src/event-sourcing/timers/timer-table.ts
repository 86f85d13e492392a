import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { translateAppendFailure } from '../log/append/append-failure.js';
import { requireNotOver } from '../log/append/surrounding-transactions.js';
import { ResolvedOptions } from '../options.js';
import { Database, type Statements } from '../postgres/database.js';
import { type ChangedTimer, updateDue, updateToCancelled } from './change-timers.sql.js';
import { insertTimers } from './insert-timers.sql.js';
import { selectFigures, selectTimer, type TimerFigures } from './read-timers.sql.js';
import { TimerSignal } from './timer-signal.js';
import { TimerEndedError, TimerNotFoundError } from './timer-errors.js';
import { type Due, type NewTimer, type ScheduledTimer, type Timer, TIMER_LIFE } from './timer.js';

/** The changes of timers, each in the manager's transaction or in one of its own. Workers hear of them afterwards. */
@Injectable()
export class TimerTable {
  constructor(
    private readonly database: Database,
    private readonly signal: TimerSignal,
    private readonly options: ResolvedOptions,
  ) {}

  /** The outcome of each, in the given order. @throws InvalidAppendError when PostgreSQL cannot store one */
  async insert(timers: readonly NewTimer[], manager?: EntityManager): Promise<ScheduledTimer[]> {
    const stored = await insertTimers(this.to(manager), this.options, timers).catch((error: unknown) => {
      throw translateAppendFailure(error);
    });
    if (stored.length > 0) this.signal.tell(Math.min(...stored.map(({ inMs }) => inMs)), manager);
    return stored.map(({ id, dueAt, verdict }) => ({ id, dueAt, verdict }));
  }

  /** @throws TimerNotFoundError; TimerEndedError when it has fired or is cancelled */
  async move(id: string, due: Due, manager?: EntityManager): Promise<Timer> {
    const moved = await updateDue(this.to(manager), this.options, id, due);
    return moved === undefined ? this.refuse(id, manager) : this.changed(moved, manager);
  }

  /** @throws TimerNotFoundError; TimerEndedError when it has fired or was cancelled before */
  async cancel(id: string, manager?: EntityManager): Promise<Timer> {
    const cancelled = await updateToCancelled(this.to(manager), this.options, id);
    return cancelled === undefined ? this.refuse(id, manager) : this.changed(cancelled, manager);
  }

  find(id: string, manager?: EntityManager): Promise<Timer | undefined> {
    return selectTimer(this.to(manager), this.options, id);
  }

  figures(): Promise<TimerFigures> {
    return selectFigures(this.database.statements, this.options);
  }

  private to(manager: EntityManager | undefined): Statements {
    if (manager !== undefined) requireNotOver(manager);
    return manager ?? this.database.statements;
  }

  private changed({ inMs, ...timer }: ChangedTimer, manager: EntityManager | undefined): Timer {
    if (timer.state === 'pending') this.signal.tell(inMs, manager);
    return timer;
  }

  private async refuse(id: string, manager: EntityManager | undefined): Promise<never> {
    const { state } = (await this.find(id, manager)) ?? {};
    if (state === undefined) throw new TimerNotFoundError(id);
    if (TIMER_LIFE[state].length > 0)
      throw new Error(`The timer ${id} is ${state}, and could not be changed.`);
    throw new TimerEndedError(id, state as 'fired' | 'cancelled');
  }
}
