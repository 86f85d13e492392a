import type { StreamInfo } from '@nats-io/jetstream';
import { READ_BYTES, type SourceWindow, type WindowPart } from '../../event-sourcing/for-service.js';
import type { StoredEvent } from '../../event-sourcing/index.js';
import { Broker } from '../broker/broker.js';
import { CE_ID, eventOf } from '../message/event-message.js';
import { ComparedStream } from './compared-stream.js';
import type { ResolvedStream } from './stream-options.js';
import type { LogEnd } from './log-end.sql.js';
import { EventsRemovedError, WrongStreamError } from './remote-errors.js';
import { layoutOfStream, requireKept } from './stream-layout.js';
import { type GapError, StreamReader } from './stream-reader.js';

/** The name of the connection in the lists of the broker. */
const CONNECTION = 'eventfold remote projections';
const MEND = 'Read models of another history begin in a new database: docs/remote-projections.md';
/** How many single messages are asked for at once. Each may be large. */
const AT_ONCE = 20;

/** A connection to the cluster, to a stream that is known to be the right one. */
export class StreamSession extends ComparedStream {
  private readonly readers = new Map<string, StreamReader>();

  /**
   * @param known the last event that the database knows of the stream
   * @throws WrongStreamError, or errors of the client
   */
  static async open(options: ResolvedStream, known: Pick<LogEnd, 'position' | 'eventId'> | undefined) {
    const broker = await Broker.connect(options, CONNECTION);
    try {
      const info = await broker.streams.streams.info(options.stream);
      const session = new StreamSession(broker, options.stream, layoutOfStream(info), info.created);
      if (known !== undefined) await session.requireSame(known, info);
      return session;
    } catch (error) {
      await broker.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const reader of this.readers.values()) reader.close();
    await this.broker.close();
  }

  /** The position of the last event. */
  lastOf({ state }: StreamInfo): number {
    return state.last_seq + this.layout.offset;
  }

  /** @throws EventsRemovedError when the stream does not have the event at a position any more */
  async requireKept(position: number): Promise<void> {
    requireKept(await this.info(), this.layout, position);
  }

  /** @throws EventsRemovedError when the stream itself has the gap */
  async requireNoGap({ due, arrived }: GapError): Promise<void> {
    if (due > arrived || (await this.messageAt(due)) !== null) return;
    throw new EventsRemovedError(this.stream, due, arrived, 'goes on');
  }

  read(name: string, window: SourceWindow): Promise<WindowPart> {
    const { partitions = 1 } = window.part ?? {};
    const key = `${name} of ${partitions}`;
    const reader = this.readers.get(key) ?? new StreamReader(this, window);
    this.readers.set(key, reader);
    return reader.read(window);
  }

  /** Closes readers that nothing was read from for a while, such as those of a rebuild that is over. */
  closeIdle(): void {
    for (const [key, reader] of this.readers) {
      if (!reader.isIdle) continue;
      this.readers.delete(key);
      reader.close();
    }
  }

  /** @throws EventsRemovedError when the stream lacks one of them */
  async eventsAt(positions: readonly number[]): Promise<WindowPart> {
    const events: StoredEvent[] = [];
    let upTo = 0;
    for (let [asked, bytes] = [0, 0]; asked < positions.length && bytes < READ_BYTES; asked += AT_ONCE) {
      const some = positions.slice(asked, asked + AT_ONCE);
      const bodies = await Promise.all(some.map((position) => this.bodyAt(position)));
      events.push(...bodies.map((body) => eventOf(body)));
      bytes += bodies.reduce((sum, { length }) => sum + length, 0);
      upTo = some.at(-1)!;
    }
    await this.info(); // they are those of the stream that the session has compared
    return { events, upTo };
  }

  private async bodyAt(position: number): Promise<Uint8Array> {
    const message = await this.messageAt(position);
    if (message !== null) return message.data;
    await this.requireKept(position);
    throw new WrongStreamError(this.stream, `it has no message at position ${position}`);
  }

  private messageAt(position: number) {
    const query = { seq: position - this.layout.offset };
    return this.broker.streams.streams.getMessage(this.stream, query);
  }

  /** After a failover that lost events, or a new stream of the same name, other events have the same positions. */
  private async requireSame({ position, eventId }: Pick<LogEnd, 'position' | 'eventId'>, info: StreamInfo) {
    const last = this.lastOf(info);
    if (last < position) {
      throw new WrongStreamError(
        this.stream,
        `it ends at position ${last}, and ${position} is known here. ${MEND}`,
      );
    }
    const found = (await this.messageAt(position))?.header.get(CE_ID) ?? eventId; // retention may have removed it
    if (found === eventId) return;
    throw new WrongStreamError(
      this.stream,
      `it has the event ${found} at position ${position}, and ${eventId} was there before. ${MEND}`,
    );
  }
}
