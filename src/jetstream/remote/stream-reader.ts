import type { Msg } from '@nats-io/transport-node';
import { type SourceWindow, WakeUp, READ_BYTES, type WindowPart } from '../../event-sourcing/for-service.js';
import type { StoredEvent } from '../../event-sourcing/index.js';
import { eventOf } from '../message/event-message.js';
import type { ComparedStream } from './compared-stream.js';
import { EventsAhead } from './events-ahead.js';
import { MessageFlow } from './message-flow.js';
import { WrongStreamError } from './remote-errors.js';
import { WindowFilter } from './window-filter.js';

/** What is read ahead of the next window, at most. */
const AHEAD_EVENTS = 2_000;
const AHEAD_BYTES = 8 * 2 ** 20;
/** A flow without a message for so long, in ms, is given up while messages are to come: its node may be gone. */
const STALL_MS = 2_000;
/** A reader that nothing was read from for so long, in ms, gives its consumer back. */
const IDLE_MS = 60_000;

/** The flow has stopped, or has left messages out. */
export class BrokenFlowError extends Error {}

/** The flow goes on behind positions that it has left out. */
export class GapError extends BrokenFlowError {
  constructor(
    readonly due: number,
    readonly arrived: number,
  ) {
    super(`position ${arrived} has arrived where ${due} was due`);
  }
}

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
  private readonly ahead = new EventsAhead();
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
    private readonly stream: ComparedStream,
    window: SourceWindow,
  ) {
    this.filter = new WindowFilter(stream.layout, window);
  }

  get isIdle(): boolean {
    return this.isEnough === undefined && performance.now() - this.usedAt > IDLE_MS;
  }

  /**
   * The first part of a window of this reader's types and partition. Windows are read one after the other.
   *
   * @throws BrokenFlowError when the events do not arrive; the next call begins anew
   */
  read(window: SourceWindow): Promise<WindowPart> {
    const read = this.last.then(() => this.readNow(window));
    this.last = read.catch(() => undefined);
    return read;
  }

  close(): void {
    this.fail(new BrokenFlowError('the connection was closed'));
  }

  private async readNow({ after, upTo, maxCount }: SourceWindow): Promise<WindowPart> {
    this.usedAt = performance.now();
    try {
      if (!this.knows(after + 1)) await this.openAt(after + 1);
      this.forgetUpTo(after);
      await this.come(() => this.next > upTo || this.ahead.length >= maxCount || this.isFull);
    } catch (error) {
      this.end();
      throw error;
    }
    return this.ahead.part({ upTo, hasAll: this.next > upTo, maxCount });
  }

  private get isFull(): boolean {
    return this.ahead.bytes >= READ_BYTES;
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
    const { broker, stream, layout } = this.stream;
    this.flow = await MessageFlow.open(broker, stream, {
      start: { sequence: position - layout.offset },
      take: (message, sequence) => this.take(message, sequence),
      hasRoom: () => this.hasRoom(),
    });
    await this.stream.info(); // the flow is one of the compared stream
  }

  private end(): void {
    this.flow?.close();
    this.flow = undefined;
    this.failure = undefined;
    this.ahead.clear();
  }

  private forgetUpTo(position: number): void {
    this.from = position + 1;
    this.ahead.forgetUpTo(position);
  }

  private hasRoom(): boolean {
    if (this.isEnough !== undefined) return true;
    return this.ahead.length < AHEAD_EVENTS && this.ahead.bytes < AHEAD_BYTES;
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
    const position = sequence + this.stream.layout.offset;
    if (this.failure !== undefined) return;
    if (position !== this.next) return this.fail(new GapError(this.next, position));
    if (!this.filter.knows(message.subject))
      return this.refuse(position, `has the subject ${message.subject}`);
    this.next++;
    if (this.filter.mayHave(message.subject)) this.keep(message, position);
    if (this.isEnough?.()) this.wakeUp.ring();
  }

  private keep({ data }: Msg, position: number): void {
    const event = parsed(data);
    if (event?.position !== position) {
      this.refuse(position, 'is none of that event');
    } else if (this.filter.has(event)) {
      this.ahead.add(event, data.length);
    }
  }

  private refuse(position: number, fact: string): void {
    this.fail(new WrongStreamError(this.stream.stream, `its message at position ${position} ${fact}`));
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
