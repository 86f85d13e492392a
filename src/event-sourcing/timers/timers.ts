import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { DomainEvent } from '../event/domain-event.js';
import { EventRegistry } from '../event/event-registry.js';
import { MessageContext } from '../event/message-context.js';
import { requireLog } from '../event/no-log.error.js';
import { canonicalUuid } from '../event/uuid.js';
import { CurrentTransaction } from '../log/append/current-transaction.js';
import { InvalidArgumentError, requireArguments } from '../options/require-arguments.js';
import { ResolvedOptions } from '../options.js';
import { CANCEL, type DueTime, dueOf, FIND, LIST, MOVE, SCHEDULE } from './timer-arguments.js';
import { afterTimer, type TimerPage, timerPage, type TimersPage } from './timer-page.js';
import { newTimer, rowOfTimer } from './new-timer.js';
import { PersonalWriter } from '../privacy/personal-writer.js';
import { TimerTable } from './timer-table.js';
import type { ScheduledTimer, Timer } from './timer.js';

/** A transaction that a call on timers belongs to. */
export interface TimerOptions {
  /** Default: the running transaction, when the host sets `currentTransaction`; otherwise one of its own. */
  manager?: EntityManager | undefined;
}

/** How a timer is scheduled. */
export interface ScheduleOptions extends TimerOptions {
  /** The stream that the event is appended to, at any version. */
  stream: string;
  /** A UUID, also that of the event, which is scheduled once. Default: the id of the event, or a new one. */
  id?: string | undefined;
  /** What the timer is about, such as an order, for `list`. Default: none. */
  key?: string | undefined;
  /** What the timer is for, such as `payment-due`, for `list`. Default: none. */
  name?: string | undefined;
}

/**
 * Durable timers: an event that is appended when it is due, once, after any crash. Processes with projections on append
 * them, in the order in which they are due, by the clock of the database.
 */
@Injectable()
export class Timers {
  constructor(
    private readonly options: ResolvedOptions,
    private readonly registry: EventRegistry,
    private readonly context: MessageContext,
    private readonly current: CurrentTransaction,
    private readonly table: TimerTable,
    private readonly personal: PersonalWriter,
  ) {}

  /**
   * Schedules an event. It will have the correlation id, the cause and the actor of the running message, as one that is
   * appended now, and `dueAt` in its metadata.
   *
   * An id that was scheduled before is not scheduled again, also when that timer has fired or was cancelled within the
   * last `idempotencyKeyHours`: the verdict is `duplicate`, and `dueAt` is that of the first.
   *
   * @param at an instant, or a duration from now, `{ in: '30m' }`. A time that has passed is due at once.
   * @throws InvalidArgumentError also when no class is registered for the type of the event
   * @throws InvalidAppendError when the event or its stream could not be stored
   * @throws SubjectErasedError when the event has personal fields of an erased subject
   */
  async schedule(at: DueTime, event: DomainEvent, options: ScheduleOptions): Promise<ScheduledTimer> {
    requireLog(this.options);
    requireArguments('Timers.schedule', { at, event, options }, SCHEDULE);
    this.requireRegistered(event);
    const { stream: streamId, id = event.eventId ?? randomUUID(), key, name } = options;
    const named = Object.create(event, { eventId: { value: id } }) as DomainEvent;
    const row = rowOfTimer(named, streamId, this.context.current());
    const manager = this.joined(options);
    const due = dueOf(at);
    const [scheduled] = await this.personal.store([row], manager !== undefined, () =>
      this.table.insert([{ ...newTimer(row, due), key, name }], manager),
    );
    return scheduled!;
  }

  /**
   * Makes a timer due at another time, also one that has failed.
   *
   * @throws TimerNotFoundError; TimerEndedError when it has fired or is cancelled
   */
  async move(id: string, at: DueTime, options: TimerOptions = {}): Promise<Timer> {
    requireLog(this.options);
    requireArguments('Timers.move', { id, at, options }, MOVE);
    return this.table.move(canonicalUuid(id)!, dueOf(at), this.joined(options));
  }

  /** @throws TimerNotFoundError; TimerEndedError when it has fired or was cancelled before */
  async cancel(id: string, options: TimerOptions = {}): Promise<Timer> {
    requireLog(this.options);
    requireArguments('Timers.cancel', { id, options }, CANCEL);
    return this.table.cancel(canonicalUuid(id)!, this.joined(options));
  }

  /** A timer; undefined when there is none. A cancelled one is forgotten after `idempotencyKeyHours`. */
  async find(id: string): Promise<Timer | undefined> {
    requireLog(this.options);
    requireArguments('Timers.find', { id }, FIND);
    return this.table.find(canonicalUuid(id)!, this.current.manager);
  }

  /** Timers that have not fired, in order of being due. The log has those that have. */
  async list(page: TimersPage = {}): Promise<TimerPage> {
    requireLog(this.options);
    requireArguments('Timers.list', { page }, LIST);
    const { limit = 50, cursor, ...filter } = page;
    const place = { after: afterTimer(cursor), limit: limit + 1 };
    return timerPage(await this.table.list(filter, place, this.current.manager), limit);
  }

  private joined({ manager }: TimerOptions): EntityManager | undefined {
    if (manager !== undefined) this.current.requireOpen(manager);
    return manager ?? this.current.manager;
  }

  private requireRegistered({ type }: DomainEvent): void {
    if (this.registry.knows(type)) return;
    throw new InvalidArgumentError([
      `Timers.schedule: event is of the type ${JSON.stringify(type)}: it must be one with a registered class. Name the ` +
        'class in EventSourcingModule.forFeature({ events }).',
    ]);
  }
}
