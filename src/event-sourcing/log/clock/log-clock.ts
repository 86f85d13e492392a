import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../clock.js';
import { ClocksDifferError } from './clocks-differ.error.js';
import { requireLog } from '../../event/no-log.error.js';
import { ResolvedOptions } from '../../options.js';
import { Database } from '../../postgres/database.js';
import { Telemetry, type TelemetryObserver, type VerdictOnEvent } from '../../telemetry/telemetry.js';
import { type EventsAhead, selectEventsAhead, selectLogTimes, updateTimes } from './correct-times.sql.js';

/** The end of the log. */
export interface LogEnd {
  /** Position of the last event; 0 in an empty log. */
  position: number;
  /** Its time; null in an empty log. */
  time: Date | null;
  /** How far that time is ahead of this process, in ms; 0 when the difference is within `maxClockAheadMs`. */
  aheadMs: number;
}

/**
 * Compares the time of the log with that of this process. Events have the time of the database, and never an earlier
 * time than the event before. So after its clock was ahead once, all later events get that wrong time until it has
 * passed. This class detects that, and corrects it.
 */
@Injectable()
export class LogClock implements TelemetryObserver {
  private readonly logger = new Logger('Event log');
  private readonly tables: { events: string; snapshots: string };
  private isAhead = false;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly options: ResolvedOptions,
    telemetry: Telemetry,
  ) {
    this.tables = { events: options.qualified('events'), snapshots: options.qualified('snapshots') };
    telemetry.observe(this);
  }

  /** How far the last event is ahead of this process, in ms; 0 when the difference is within `maxClockAheadMs`. */
  async aheadMs(): Promise<number> {
    return (await this.end()).aheadMs;
  }

  /** The last event of the log, and how far its time is ahead. */
  async end(): Promise<LogEnd> {
    const { position, last } = await selectLogTimes(this.database.statements, this.options.logEnd);
    const time = last === null ? null : new Date(last);
    return { position, time, aheadMs: this.beyondBound(last ?? 0) };
  }

  /** Logs an error once, when an append returns a time too far ahead. */
  appended(verdicts: readonly VerdictOnEvent[]): void {
    const last = verdicts.at(-1);
    if (last?.verdict !== 'appended' || last.timestamp === undefined || last.timestamp === null) return;
    const isAhead = this.beyondBound(last.timestamp.getTime()) > 0;
    if (isAhead && !this.isAhead) this.logger.error(aheadInWords(last.timestamp));
    this.isAhead = isAhead;
  }

  /**
   * The events whose times are in the future; undefined when none is beyond the bound.
   *
   * @throws ClocksDifferError when the clock of the database is still ahead, or that of this process behind
   */
  async eventsAhead(): Promise<EventsAhead | undefined> {
    requireLog(this.options);
    const { last, database } = await selectLogTimes(this.database.statements, this.tables.events);
    const now = this.clock.now();
    if (Math.abs(database - now.getTime()) > this.options.maxClockAheadMs) {
      throw new ClocksDifferError(new Date(database), now);
    }
    if (this.beyondBound(last ?? 0) === 0) return undefined;
    return selectEventsAhead(this.database.statements, this.tables.events, now);
  }

  /**
   * Gives these events the time at which they were appended, as far as it is known. Later events then get true times
   * again. Positions, versions and the order of times stay. Rows folded from the wrong times must be folded again.
   *
   * @throws ClocksDifferError; the database's error when the role does not own the table
   */
  async correct(): Promise<EventsAhead | undefined> {
    if ((await this.eventsAhead()) === undefined) return undefined;
    return this.database.transaction(async (manager) => {
      await manager.query(`lock table ${this.tables.events} in share row exclusive mode`);
      const now = this.clock.now();
      const found = await selectEventsAhead(manager, this.tables.events, now);
      if (found !== undefined) await updateTimes(manager, this.tables, { ...found, now });
      return found;
    });
  }

  private beyondBound(time: number): number {
    const ahead = time - this.clock.now().getTime();
    return ahead > this.options.maxClockAheadMs ? ahead : 0;
  }
}

const aheadInWords = (time: Date) =>
  `Events are recorded as of ${time.toISOString()}, which is still to come by the clock of this process: ` +
  'the clock of the ' +
  'database is ahead, or was. Put the wrong clock right, and then run "eventfold log correct-times".';
