import { Injectable } from '@nestjs/common';
import { Database, type PageLimits, ResolvedOptions, selectPage } from '../../event-sourcing/for-service.js';
import { EventStore, type StoredEvent } from '../../event-sourcing/index.js';

/** The last event that the stream has, or will have. */
export interface Place {
  position: number;
  /** Undefined when the stream is empty, so that there is nothing to compare. */
  eventId: string | undefined;
}

export interface NextEvents {
  events: StoredEvent[];
  /** Whether the log may have more events behind them. */
  hasMore: boolean;
}

/** The log as the relay reads it: stored events of all types, also those that this process does not know. */
@Injectable()
export class RelayLog {
  private readonly events: string;

  constructor(
    private readonly database: Database,
    private readonly store: EventStore,
    options: ResolvedOptions,
  ) {
    this.events = options.qualified('events');
  }

  /**
   * The events after a place. The same statement reads the event at the place, so no event is published behind one that
   * the log no longer has.
   *
   * @returns undefined when the log has another event at the place, or none
   */
  async after(
    { position, eventId }: Place,
    { maxCount, maxBytes }: PageLimits,
  ): Promise<NextEvents | undefined> {
    const limits = { maxCount: maxCount + 1, maxBytes };
    const from = eventId === undefined ? position + 1 : position;
    const { events, hasMore } = await selectPage(this.database.statements, this.events, from, limits);
    if (eventId === undefined) return { events, hasMore };
    return events.shift()?.eventId === eventId ? { events, hasMore } : undefined;
  }

  /** Undefined when the log has no event there. */
  async eventIdAt(position: number): Promise<string | undefined> {
    return (await this.store.readPositions([position]))[0]?.eventId;
  }

  /** The position of the last event; 0 when the log is empty. */
  head(): Promise<number> {
    return this.store.head();
  }
}
