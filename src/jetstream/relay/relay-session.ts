import { backOffDelay, WakeUp } from '../../event-sourcing/for-service.js';
import type { StoredEvent } from '../../event-sourcing/index.js';
import { type Comparison, compare, requireNextFits } from './comparison.js';
import { OvertakenError } from './placed-message.js';
import type { Publications } from './publications.js';
import { PublishWindow } from './publish-window.js';
import type { NextEvents, Place, RelayLog } from './relay-log.js';
import type { ResolvedRelayOptions } from './relay-options.js';
import type { RelayStream } from './relay-stream.js';

/** The most events that are read at once, and held in memory besides those in the window. `windowBytes` bounds both. */
const PAGE = 1_000;
/** How long a relay that was overtaken leaves the stream to its rival between two looks, in ms. */
const RIVAL_MS = 200;

/** What a session tells its relay. */
export interface SessionObserver {
  compared(found: Comparison): void;
  /** The stream has all events up to this position. */
  reached(position: number): void;
  /** How long an idle session may sleep, in ms. */
  idleMs(): number;
}

/**
 * The work of a relay on one connection: compare the stream with the log, publish what follows, and compare again when
 * it is time or when another relay was faster. It has no checkpoint: the stream says where to go on.
 */
export class RelaySession {
  private readonly wakeUp = new WakeUp();
  private end: Error | undefined;
  private compareAt = 0;
  private readonly window: PublishWindow;
  private readonly publications: Publications;

  constructor(
    private readonly stream: RelayStream,
    private readonly log: RelayLog,
    private readonly options: ResolvedRelayOptions,
    private readonly observer: SessionObserver,
  ) {
    const { windowEvents, windowBytes } = options;
    this.window = new PublishWindow({ events: windowEvents, bytes: windowBytes }, () => this.wakeUp.ring());
    this.publications = stream.publications(({ sequence, bytes }, error) => {
      if (error === undefined) observer.reached(sequence + stream.offset);
      this.window.end(bytes, error);
    });
  }

  /** The log has grown. */
  wake(): void {
    this.wakeUp.ring();
  }

  /** The connection is lost or closed. */
  finish(reason: Error): void {
    this.end ??= reason;
    this.wakeUp.ring();
  }

  /** Never returns. @throws the failure of the broker, the log or the connection */
  async run(): Promise<never> {
    try {
      return await this.compareAndRelay();
    } finally {
      this.publications.close();
    }
  }

  private async compareAndRelay(): Promise<never> {
    while (this.end === undefined) {
      const found = await compare(this.stream, this.log);
      this.compareAt = performance.now() + this.options.comparisonIntervalMs;
      this.observer.reached(found.place.position);
      await requireNextFits(this.stream, this.log, found);
      this.observer.compared(found);
      if (found.divergedAt === undefined) await this.relayFrom(found.place);
      else await this.pause(this.options.comparisonIntervalMs);
    }
    throw this.end;
  }

  private async relayFrom(place: Place): Promise<void> {
    try {
      await this.publishFrom(place);
    } catch (error) {
      if (!(error instanceof OvertakenError)) throw error;
      await this.leaveToRival();
    }
  }

  /** Publishes event after event until the next comparison. */
  private async publishFrom(start: Place): Promise<void> {
    this.window.begin();
    let place = start;
    try {
      for (let next = this.read(place); !this.isDue;) {
        const page = await next;
        if (page === undefined) break; // the comparison says what is wrong
        const last = page.events.at(-1);
        if (last !== undefined) place = { position: last.position, eventId: last.eventId };
        if (page.hasMore) next = this.read(place); // while this page is published
        await this.publish(page.events);
        if (page.hasMore) continue;
        await this.sleep();
        this.window.requireSound();
        next = this.read(place);
      }
    } finally {
      await this.window.settled();
    }
    this.window.requireSound();
  }

  /** A failure is thrown where the page is awaited, if it is. */
  private read(place: Place): Promise<NextEvents | undefined> {
    const page = this.log.after(place, { maxCount: PAGE, maxBytes: this.options.windowBytes });
    page.catch(() => undefined);
    return page;
  }

  /** Publishes all for which there is room without a pause: see `PublishWindow.room`. */
  private async publish(events: readonly StoredEvent[]): Promise<void> {
    for (const event of events) {
      const message = this.stream.messageOf(event);
      const { length } = message.body;
      if (!this.window.hasRoom(length)) await this.window.room(length);
      this.publications.send(message);
      this.window.add(length);
    }
  }

  /** Waits while another relay publishes: one is as fast as two, and two would publish each event in vain. */
  private async leaveToRival(): Promise<void> {
    for (let last = -1; !this.isDue;) {
      const range = await this.stream.range();
      if (range.last === last) return;
      last = range.last;
      this.observer.reached(last);
      await this.pause(backOffDelay(1, RIVAL_MS));
    }
  }

  private get isDue(): boolean {
    return this.end !== undefined || performance.now() >= this.compareAt;
  }

  private sleep(): Promise<void> {
    const left = Math.max(this.compareAt - performance.now(), 0);
    return this.wakeUp.wait(Math.min(this.observer.idleMs(), left));
  }

  private pause(ms: number): Promise<void> {
    return this.wakeUp.pause(ms, () => this.end !== undefined);
  }
}
