import type { StoredEvent } from '../event/domain-event.js';
import { selectStreamPart } from '../log/read.sql.js';
import type { AggregateRehearsal } from './aggregate-rehearsal.js';
import type { LogReader } from './log-reader.js';
import type { PositionRange } from './sample.js';
import { selectBeginnings, selectReached } from './streams.sql.js';
import type { BreakageCount } from './breakage-count.js';
import { READ_BYTES, WALK_PAGE } from '../log/page-sizes.js';

/** How many streams are read at once, and how much of each at first: all of it is in memory. */
const STREAMS = 20;
const BEGINNING = { maxCount: 100, maxBytes: Math.floor(READ_BYTES / STREAMS) };
/** How many of the longest known streams of a sample come first. */
const LONGEST = 10;

type Replay = ReturnType<AggregateRehearsal['begin']>;

/**
 * Reads the streams of aggregates from their first event on, by their index. In a whole rehearsal a stream is read when
 * the walk meets its first event, so no stream is read twice and none must be remembered.
 */
export class StreamRehearsal {
  /** Streams folded so far. */
  count = 0;
  /** The streams that a sample met, each with the highest version seen. */
  private readonly met = new Map<string, number>();
  /** Whether the walk has already counted the event at a position. */
  private isCounted: (position: number) => boolean;

  constructor(
    private readonly reader: LogReader,
    private readonly aggregates: AggregateRehearsal,
    private readonly breakages: BreakageCount,
    private readonly request: { from: number; sample: number },
  ) {
    this.isCounted = (position) => position >= request.from;
  }

  /** Remembers the streams of a page, to choose among them later. */
  meet(page: readonly StoredEvent[]): void {
    for (const { streamId, version } of page) {
      if (version <= (this.met.get(streamId) ?? 0) || !this.aggregates.isOfAggregate(streamId)) continue;
      this.met.set(streamId, version);
    }
  }

  /** Folds the streams that begin in this page, or before the first position read. */
  async foldAllOf(page: readonly StoredEvent[]): Promise<void> {
    const firsts = new Map<string, StoredEvent>();
    for (const event of page) {
      if (!firsts.has(event.streamId) && this.aggregates.isOfAggregate(event.streamId)) {
        firsts.set(event.streamId, event);
      }
    }
    const all = [...firsts.values()];
    const older = await this.olderThanAll(all.filter(({ version }) => version > 1));
    const due = all.filter(({ streamId, version }) => version === 1 || older.has(streamId));
    await this.fold(due.map(({ streamId }) => streamId));
  }

  /** Folds the longest streams that were met, and then random ones, until enough events are read. */
  async foldSample(
    stretches: readonly PositionRange[],
    random: () => number,
    tell: () => void,
  ): Promise<void> {
    this.isCounted = (position) => stretches.some(({ after, upTo }) => position > after && position <= upTo);
    const byLength = [...this.met].toSorted(([, one], [, other]) => other - one).map(([id]) => id);
    const chosen = [...byLength.slice(0, LONGEST), ...shuffled(byLength.slice(LONGEST), random)];
    this.met.clear();
    const { sample } = this.request;
    const atMost = Math.max(BEGINNING.maxCount, Math.floor(sample / LONGEST));
    for (let from = 0, left = sample; from < chosen.length && left > 0; from += STREAMS) {
      left -= await this.fold(chosen.slice(from, from + STREAMS), atMost);
      tell();
    }
  }

  /** Returns how many events were read. */
  private async fold(streamIds: readonly string[], atMost = Infinity): Promise<number> {
    let read = 0;
    for (let from = 0; from < streamIds.length; from += STREAMS) {
      const some = streamIds.slice(from, from + STREAMS);
      const { beginnings } = await this.reader.readEvents(async (manager) => {
        const found = await selectBeginnings(manager, this.reader.events, some, BEGINNING);
        return { beginnings: found, events: [...found.values()].flatMap(({ events }) => events) };
      });
      for (const [streamId, { events, isCut }] of beginnings) {
        const replay = this.aggregates.begin(streamId);
        this.count++;
        read += events.length;
        const goesOn = this.take(events, replay) && isCut;
        if (goesOn) read += await this.foldOn(streamId, replay, { after: events.length, atMost });
      }
    }
    return read;
  }

  /** Returns how many further events were read. */
  private async foldOn(
    streamId: string,
    replay: Replay,
    { after, atMost }: { after: number; atMost: number },
  ): Promise<number> {
    let last = after;
    for (let goesOn = true; goesOn && last < atMost;) {
      const maxCount = Math.min(WALK_PAGE, atMost - last);
      const range = { streamId, fromVersion: last + 1, maxCount, direction: 'forwards' } as const;
      const { events, isCut } = await this.reader.readEvents((manager) =>
        selectStreamPart(
          (text, values) => manager.query(text, values),
          this.reader.events,
          range,
          READ_BYTES,
        ),
      );
      last += events.length;
      goesOn = this.take(events, replay) && isCut;
    }
    return last - after;
  }

  /** Loads an aggregate up to its first breakage. */
  private take(events: readonly StoredEvent[], replay: Replay): boolean {
    for (const stored of events) {
      const isCounted = this.isCounted(stored.position);
      if (!isCounted) this.breakages.met(stored, 0);
      const event = this.reader.revive(stored, isCounted);
      if (event === undefined || !replay(event)) return false;
    }
    return true;
  }

  /** The streams that have an event before the first position read. */
  private async olderThanAll(events: readonly StoredEvent[]): Promise<ReadonlySet<string>> {
    const { from } = this.request;
    if (from === 1 || events.length === 0) return new Set();
    const places = events.map(({ streamId, version }) => ({ streamId, version: version - 1 }));
    return this.reader.read((manager) => selectReached(manager, this.reader.events, places, from - 1));
  }
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, at: random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item);
}
