import type { EntityManager } from 'typeorm';
import type { DomainEvent, Recorded, StoredEvent } from '../event/domain-event.js';
import type { EventRegistry } from '../event/event-registry.js';
import { readOnly } from './read-only.js';
import type { BreakageCount } from './breakage-count.js';
import { unreadable } from './diagnosis.js';
import type { Database } from '../postgres/database.js';

/** Reads the log with this build, and records events that it cannot read. */
export class LogReader {
  constructor(
    private readonly parts: {
      database: Database;
      registry: EventRegistry;
      breakages: BreakageCount;
      signal: AbortSignal;
    },
    /** The table of events, quoted for SQL. */
    readonly events: string,
  ) {}

  read<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    return readOnly(this.parts.database, this.parts.signal, work);
  }

  /** Reads events, and what their revival needs. */
  readEvents<Part extends { events: StoredEvent[] }>(
    select: (manager: EntityManager) => Promise<Part>,
  ): Promise<Part> {
    return this.read(async (manager) => {
      const part = await select(manager);
      await this.parts.registry.prepare(part.events, manager);
      return part;
    });
  }

  /**
   * The event as an instance of its class, or undefined.
   *
   * @param isNoted whether the event was read before, and its fault recorded
   */
  revive(stored: StoredEvent, isNoted = false): Recorded<DomainEvent> | undefined {
    try {
      const event = this.parts.registry.revive(stored);
      if (typeof (event.data as unknown) === 'object' && event.data !== null) return event;
      throw new TypeError(
        `the data became ${event.data === null ? 'null' : typeof event.data}, not an object`,
      );
    } catch (error) {
      if (!isNoted) this.parts.breakages.broke(stored, unreadable(stored, error));
      return undefined;
    }
  }
}
