import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { EventRegistry } from '../event/event-registry.js';
import { translateAppendFailure } from '../log/append/append-failure.js';
import { requireNotOver } from '../log/append/surrounding-transactions.js';
import { ResolvedOptions } from '../options.js';
import { Database, type Statements } from '../postgres/database.js';
import { type ChangedTimer, updateDue, updateToCancelled } from './change-timers.sql.js';
import { insertTimers } from './insert-timers.sql.js';
import {
  type PlaceInTimers,
  selectFigures,
  selectTimer,
  selectTimers,
  type TimerFigures,
  type TimerFilter,
} from './read-timers.sql.js';
import { TimerSignal } from './timer-signal.js';
import { TimerEndedError, TimerNotFoundError } from './timer-errors.js';
import { type Due, type NewTimer, type ScheduledTimer, type Timer, TIMER_LIFE } from './timer.js';

/**
 * Timers, read and changed in the manager's transaction or in one of its own. Workers hear of changes afterwards.
 * Personal fields are stored as those of events, and come as their readers see them.
 */
@Injectable()
export class TimerTable {
  constructor(
    private readonly database: Database,
    private readonly signal: TimerSignal,
    private readonly registry: EventRegistry,
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

  async find(id: string, manager?: EntityManager): Promise<Timer | undefined> {
    const found = await selectTimer(this.to(manager), this.options, id);
    return found && this.open(found, manager);
  }

  async list(filter: TimerFilter, place: PlaceInTimers, manager?: EntityManager): Promise<Timer[]> {
    return this.opened(await selectTimers(this.to(manager), this.options, filter, place), manager);
  }

  figures(): Promise<TimerFigures> {
    return selectFigures(this.database.statements, this.options);
  }

  private to(manager: EntityManager | undefined): Statements {
    if (manager !== undefined) requireNotOver(manager);
    return manager ?? this.database.statements;
  }

  private changed({ inMs, ...timer }: ChangedTimer, manager: EntityManager | undefined): Promise<Timer> {
    if (timer.state === 'pending') this.signal.tell(inMs, manager);
    return this.open(timer, manager);
  }

  private async open(timer: Timer, manager: EntityManager | undefined): Promise<Timer> {
    const [opened] = await this.opened([timer], manager);
    return opened!;
  }

  /** Their events have no place in the log yet. */
  private async opened(timers: readonly Timer[], manager: EntityManager | undefined): Promise<Timer[]> {
    const events = timers.map((timer) => ({
      ...timer,
      eventId: timer.id,
      timestamp: timer.dueAt,
      position: 0,
      version: 0,
    }));
    const shown = await this.registry.shown(events, manager);
    return timers.map((timer, number) => ({ ...timer, data: shown[number]!.data }));
  }

  private async refuse(id: string, manager: EntityManager | undefined): Promise<never> {
    const { state } = (await selectTimer(this.to(manager), this.options, id)) ?? {};
    if (state === undefined) throw new TimerNotFoundError(id);
    if (TIMER_LIFE[state].length > 0)
      throw new Error(`The timer ${id} is ${state}, and could not be changed.`);
    throw new TimerEndedError(id, state as 'fired' | 'cancelled');
  }
}
