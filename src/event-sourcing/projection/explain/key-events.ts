import type { StoredEvent } from '../../event/domain-event.js';
import type { EventRegistry } from '../../event/event-registry.js';
import type { ScanBudget } from '../../log/search/scan-budget.js';
import { selectMatching } from '../../log/search/search.sql.js';
import type { Statements } from '../../postgres/database.js';
import type { Folding } from '../declare/folding.js';
import { isWholeKey } from '../../event/storable-key.js';
import { KeyLinks } from './key-links.js';
import { selectCandidates, selectOfStream, selectWithin } from './key-positions.sql.js';
import type { KeyTrail } from './key-trail.js';
import { revivedOrStored, touchedBy } from './touched-rows.js';

/** The most events that are read at once, and the most bytes of them. */
const EVENTS_AT_ONCE = 500;
const BYTES_AT_ONCE = 4 * 1024 * 1024;
/** Events of a stream that are looked at by one statement. */
const OF_STREAM = 20_000;

interface Parts {
  statements: Statements;
  registry: EventRegistry;
  /** The table of events, quoted for SQL. */
  events: string;
}

/** The next events of a key, and the position up to which there are no others. */
export interface EventsOfKey {
  events: StoredEvent[];
  to: number;
}

/**
 * Finds the events of one key. There is no index for that, since it would make every append slower. So the log is read
 * by its primary key, window by window, unless the key is the name of a stream. Positions that were found are kept in
 * the trail.
 *
 * Where the key is a property of the data, the database compares it and returns the positions alone. A computed key,
 * and a table whose link with the key is unknown, need every event of the projection.
 */
export class KeyEvents {
  private readonly links: KeyLinks;

  constructor(
    private readonly parts: Parts,
    private readonly folding: Folding,
    private readonly key: string,
    private readonly trail: KeyTrail,
  ) {
    this.links = KeyLinks.of(folding);
  }

  /** Looks at one more window when all that was found is at most `after`. */
  async next(after: number, upTo: number, budget: ScanBudget, limit = EVENTS_AT_ONCE): Promise<EventsOfKey> {
    const { trail } = this;
    if (after >= trail.scannedTo) await this.scan(upTo, budget);
    const known = trail.between(after, upTo, Math.min(limit, EVENTS_AT_ONCE));
    const covered = Math.min(upTo, trail.scannedTo);
    if (known.length === 0) return { events: [], to: covered };
    const events = await this.readAt(known);
    const last = events.at(-1)!.position;
    return { events, to: trail.between(last, covered, 1).length === 0 ? covered : last };
  }

  private scan(upTo: number, budget: ScanBudget): Promise<void> {
    const { folding, key, links } = this;
    if (links.isStream && isWholeKey(key)) return this.scanStream(upTo);
    const canCompare = folding.keyProperty !== undefined && links.areExclusive && isWholeKey(key);
    const window = {
      after: this.trail.scannedTo,
      upTo: Math.min(this.trail.scannedTo + budget.window, upTo),
    };
    return budget.spend(() => (canCompare ? this.compare(window) : this.read(window)));
  }

  private async scanStream(upTo: number): Promise<void> {
    const { trail, parts, folding, key } = this;
    const stream = { streamId: key, types: folding.eventTypes, after: trail.version, limit: OF_STREAM };
    const found = await selectOfStream(parts.statements, parts.events, stream);
    const last = found.at(-1) ?? { position: 0, version: trail.version };
    trail.version = last.version;
    const to = found.length === OF_STREAM ? last.position : Math.max(upTo, last.position);
    trail.found(
      found.filter(({ isHandled }) => isHandled),
      to,
    );
  }

  /** Lets the database compare the property of the data. */
  private async compare(window: { after: number; upTo: number }): Promise<void> {
    const { parts, folding, key, trail } = this;
    const upcast = folding.eventTypes.filter((type) => parts.registry.hasUpcasters(type));
    const wanted = { property: folding.keyProperty!, key, types: folding.eventTypes, upcast };
    const candidates = await selectCandidates(parts.statements, parts.events, window, wanted);
    const others = await this.ofKey(candidates.flatMap(({ position, isSure }) => (isSure ? [] : position)));
    const positions = candidates.filter(({ position, isSure }) => isSure || others.has(position));
    trail.found(positions, window.upTo);
  }

  /** The positions whose events have the key. */
  private async ofKey(positions: readonly number[]): Promise<ReadonlySet<number>> {
    const found = new Set<number>();
    for (let rest = positions; rest.length > 0;) {
      const some = rest.slice(0, EVENTS_AT_ONCE);
      const events = await this.readAt(some);
      for (const stored of events) {
        if (this.keyOf(stored) === this.key) found.add(stored.position);
      }
      rest = rest.slice(events.length);
    }
    return found;
  }

  /** Reads every event of the projection's types. */
  private async read({ after, upTo }: { after: number; upTo: number }): Promise<void> {
    const { statements, events } = this.parts;
    const page = await selectMatching(
      statements,
      events,
      { after, upTo, direction: 'forwards', maxCount: EVENTS_AT_ONCE * 8, maxBytes: BYTES_AT_ONCE },
      { types: this.folding.eventTypes },
    );
    await this.parts.registry.prepare(page.events, statements);
    const own = page.events.filter((stored) => this.isOwn(stored));
    this.trail.found(own, page.isCut ? page.events.at(-1)!.position : upTo);
  }

  private async readAt(positions: readonly number[]): Promise<StoredEvent[]> {
    const { statements, registry, events: table } = this.parts;
    const events = await selectWithin(statements, table, positions, BYTES_AT_ONCE);
    await registry.prepare(events, statements);
    return events;
  }

  /** Whether the event has the key. Notes which rows it touches. */
  private isOwn(stored: StoredEvent): boolean {
    const { trail, links } = this;
    const key = this.keyOf(stored);
    for (const table of links.tables) {
      if (table.link.kind !== 'unknown') continue;
      const touched = touchedBy(stored, table, this.parts.registry);
      if (key === this.key) trail.shared.ofKey(table, touched, stored.position);
      else trail.shared.ofOther(table, touched, stored.position, key);
    }
    return key === this.key;
  }

  private keyOf(stored: StoredEvent): string {
    return this.folding.keyOf(revivedOrStored(stored, this.parts.registry));
  }
}
