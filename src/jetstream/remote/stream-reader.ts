import type { Msg } from '@nats-io/transport-node';
import { type LogWindow, WakeUp } from '../../event-sourcing/for-service.js';
import type { StoredEvent } from '../../event-sourcing/index.js';
import type { Broker } from '../broker/broker.js';
import { eventOf } from '../message/event-message.js';
import type { StreamLayout } from '../relay/stream-settings.js';
import { MessageFlow } from './message-flow.js';
import { WrongStreamError } from './remote-errors.js';
import { WindowFilter } from './window-filter.js';

/** What is read ahead of the next window, at most. A window itself has as many events as its caller asks for. */
const AHEAD_EVENTS = 2_000;
const AHEAD_BYTES = 8 * 2 ** 20;
/** A flow without a message for so long, in ms, is given up while messages are to come: its node may be gone. */
const STALL_MS = 2_000;
/** A reader that nothing was read from for so long, in ms, gives its consumer back. */
const IDLE_MS = 60_000;

/** The flow has stopped, or has left messages out. */
export class BrokenFlowError extends Error {}

/**
 * Reads one window of a stream after the other. The consumer stays open between them, so that events arrive while those
 * before them are folded. Events are kept until a later window begins behind them: a turn that ends early, or that is
 * rolled back, is read again from memory.
 *
 * Sequences have no gaps, so a window is complete when the sequence of its end has arrived. No subject filter is set
 * for that reason: behind a filter, a node that lags looks like a stream that has nothing more.
 */
export class StreamReader {
  private flow: MessageFlow | undefined;
  private events: StoredEvent[] = [];
  private bytes = 0;
  /** The first position of which is known what the stream has, and the first that has not arrived. */
  private from = 0;
  private next = 0;
  private isEnough: (() => boolean) | undefined;
  private failure: Error | undefined;
  private usedAt = performance.now();
  private last: Promise<unknown> = Promise.resolve();
  private readonly wakeUp = new WakeUp();
  private readonly filter: WindowFilter;

  constructor(
    private readonly broker: Broker,
    private readonly stream: string,
    private readonly layout: StreamLayout,
    window: LogWindow,
  ) {
    this.filter = new WindowFilter(layout, window);
  }

  get isIdle(): boolean {
    return this.isEnough === undefined && performance.now() - this.usedAt > IDLE_MS;
  }

  /**
   * A window of this reader's types and partition. Windows are read one after the other.
   *
   * @throws BrokenFlowError when the events do not arrive; the next call begins anew
   */
  read(window: LogWindow): Promise<StoredEvent[]> {
    const read = this.last.then(() => this.readNow(window));
    this.last = read.catch(() => undefined);
    return read;
  }

  close(): void {
    this.fail(new BrokenFlowError('the connection was closed'));
  }

  private async readNow({ after, upTo, maxCount = Infinity }: LogWindow): Promise<StoredEvent[]> {
    this.usedAt = performance.now();
    try {
      if (!this.knows(after + 1)) await this.openAt(after + 1);
      this.forgetUpTo(after);
      await this.come(() => this.next > upTo || this.events.length >= maxCount);
    } catch (error) {
      this.end();
      throw error;
    }
    const end = this.events.findIndex(({ position }) => position > upTo);
    return this.events.slice(0, Math.min(end === -1 ? Infinity : end, maxCount));
  }

  private knows(position: number): boolean {
    return (
      this.flow !== undefined && this.failure === undefined && this.from <= position && position <= this.next
    );
  }

  private async openAt(position: number): Promise<void> {
    this.end();
    this.from = position;
    this.next = position;
    this.flow = await MessageFlow.open(this.broker, this.stream, {
      start: { sequence: position - this.layout.offset },
      take: (message, sequence) => this.take(message, sequence),
      hasRoom: () => this.hasRoom(),
    });
  }

  private end(): void {
    this.flow?.close();
    this.flow = undefined;
    this.failure = undefined;
    this.events = [];
    this.bytes = 0;
  }

  private forgetUpTo(position: number): void {
    this.from = position + 1;
    const left = this.events.findIndex((event) => event.position > position);
    this.events = left === -1 ? [] : this.events.slice(left);
    if (this.events.length === 0) this.bytes = 0;
  }

  private hasRoom(): boolean {
    if (this.isEnough !== undefined) return true;
    return this.events.length < AHEAD_EVENTS && this.bytes < AHEAD_BYTES;
  }

  private async come(isEnough: () => boolean): Promise<void> {
    this.isEnough = isEnough;
    try {
      while (!isEnough()) {
        const { next } = this;
        this.flow!.ask();
        await this.wakeUp.wait(STALL_MS);
        if (this.failure !== undefined) throw this.failure;
        if (!isEnough() && next === this.next) throw new BrokenFlowError(`position ${next} does not arrive`);
      }
    } finally {
      this.isEnough = undefined;
    }
    this.flow!.ask();
  }

  private take(message: Msg, sequence: number): void {
    const position = sequence + this.layout.offset;
    if (this.failure !== undefined) return;
    if (position !== this.next) {
      return this.fail(new BrokenFlowError(`position ${position} has arrived where ${this.next} was due`));
    }
    if (!this.filter.knows(message.subject)) {
      const fact = `its message at position ${position} has the subject ${message.subject}, which is none of a relay`;
      return this.fail(new WrongStreamError(this.stream, fact));
    }
    this.next++;
    if (this.filter.mayHave(message.subject)) this.keep(message, position);
    if (this.isEnough?.()) this.wakeUp.ring();
  }

  private keep({ data }: Msg, position: number): void {
    const event = parsed(data);
    if (event?.position !== position) {
      this.fail(
        new WrongStreamError(this.stream, `its message at position ${position} is none of that event`),
      );
    } else if (this.filter.has(event)) {
      this.events.push(event);
      this.bytes += data.length;
    }
  }

  private fail(error: Error): void {
    this.failure = error;
    this.flow?.close();
    this.wakeUp.ring();
  }
}

/** Undefined when it is no event. */
function parsed(data: Uint8Array): StoredEvent | undefined {
  try {
    return eventOf(data);
  } catch {
    return undefined;
  }
}
