import { backOffDelay, type IntakeCounts, isToBeWaitedFor } from '../../event-sourcing/for-service.js';
import {
  EventfoldError,
  type EventStore,
  OverloadedError,
  SubjectErasedError,
} from '../../event-sourcing/index.js';
import type { HeldMessages } from './held-messages.js';
import { type InvalidMessage, isInvalid, type MappedMessage, type ReadMessage } from './read-message.js';
import type { RejectedMessages } from './rejected-messages.js';

/** The most events of one append. A larger one gets slower and not cheaper. */
export const MAX_BATCH = 500;
const BASE_DELAY_MS = 100;
/** The pause before a message comes again that failed for another reason than its content, in ms. */
const AGAIN_AFTER_MS = 10_000;

/** Kinds of errors that come again at each try. An append of one event, at any version, has no other conflicts. */
const LASTING = new Set<EventfoldError['kind']>(['invalid', 'conflict']);

/** The parts that a batch needs of its intake. */
export interface BatchSurroundings {
  store: Pick<EventStore, 'appendEach'>;
  held: Pick<HeldMessages<ReadMessage>, 'release'>;
  rejected: Pick<RejectedMessages, 'keep'>;
  counts: IntakeCounts;
  /** The broker has confirmed an acknowledgement: both the log and the broker take what they are given. */
  goesOn: () => void;
  /** The broker has not confirmed an acknowledgement, though the connection is there. */
  unconfirmed: (error: unknown) => void;
  /** How often the connection was lost. */
  disconnects: () => number;
  /** Pauses because of a failure that passes. @returns whether to try again */
  waits: (error: unknown, delayMs: number) => Promise<boolean>;
}

/**
 * Takes messages into the log, and acknowledges each after the commit. After the end of a process before that, another
 * one gets the message, and the log takes its id once.
 */
export class BatchIntake {
  /** The number of events of the next append. A full queue halves it, and an append that succeeds doubles it. */
  private share = MAX_BATCH;
  /** Acknowledgements that the broker has not confirmed yet. */
  private readonly unconfirmed = new Set<Promise<void>>();

  constructor(private readonly around: BatchSurroundings) {}

  /**
   * Resolves when every message is settled or given back.
   *
   * @throws when a rejected message cannot be kept; it is given back then
   */
  async take(read: readonly (MappedMessage | InvalidMessage)[]): Promise<void> {
    const invalid = read.filter((each) => isInvalid(each));
    const mapped = read.filter((each): each is MappedMessage => !isInvalid(each));
    invalid.push(...(await this.appendAll(mapped)));
    try {
      for (const each of invalid) await this.reject(each);
    } catch (error) {
      this.giveBack(invalid);
      throw error;
    }
  }

  /** Resolves when the broker has confirmed every acknowledgement, or has not answered in time. */
  async confirmed(): Promise<void> {
    await Promise.all(this.unconfirmed);
  }

  /** @returns those that the log refuses */
  private async appendAll(mapped: readonly MappedMessage[]): Promise<InvalidMessage[]> {
    const refused: InvalidMessage[] = [];
    for (let rest = mapped, attempt = 1; rest.length > 0;) {
      const part = rest.slice(0, this.share);
      try {
        refused.push(...(await this.append(part)));
        [rest, attempt] = [rest.slice(part.length), 1];
        this.share = Math.min(2 * this.share, MAX_BATCH);
      } catch (error) {
        if (error instanceof OverloadedError) this.share = Math.ceil(this.share / 2);
        if (await this.around.waits(error, backOffDelay(attempt++, BASE_DELAY_MS))) continue;
        this.giveBack(rest);
        break;
      }
    }
    return refused;
  }

  /** @throws an error that another try can help with */
  private async append(part: readonly MappedMessage[]): Promise<InvalidMessage[]> {
    try {
      const results = await this.around.store.appendEach(part.map(({ append }) => append));
      for (const { verdict } of results) this.around.counts[verdict]++;
      this.acknowledge(part);
      return [];
    } catch (error) {
      if (isToBeWaitedFor(error)) throw error;
      return part.length === 1 ? this.refuse(part[0]!, error) : await this.appendApart(part);
    }
  }

  /** One of them is the cause of a failure. */
  private async appendApart(part: readonly MappedMessage[]): Promise<InvalidMessage[]> {
    const refused: InvalidMessage[] = [];
    for (const one of part) refused.push(...(await this.append([one])));
    return refused;
  }

  private refuse(mapped: MappedMessage, error: unknown): InvalidMessage[] {
    if (error instanceof EventfoldError && LASTING.has(error.kind)) {
      return [{ ...mapped, reason: error.message, isAboutErased: error instanceof SubjectErasedError }];
    }
    this.around.counts.failed++;
    this.giveBack([mapped], AGAIN_AFTER_MS);
    return [];
  }

  /** The message is kept first and then terminated, so it is never lost. A message that is kept twice does no harm. */
  private async reject({ message, incoming, ...rejection }: InvalidMessage): Promise<void> {
    await this.around.rejected.keep(message, incoming, rejection);
    this.around.counts.rejected++;
    message.term();
    this.around.held.release(message);
  }

  /** The broker confirms the last one. It has the others by then, because it takes them in order. */
  private acknowledge(part: readonly MappedMessage[]): void {
    for (const { message } of part.slice(0, -1)) message.ack();
    const disconnects = this.around.disconnects();
    const confirmation = part
      .at(-1)!
      .message.ackAck()
      .then(() => this.around.goesOn())
      .catch((error: unknown) => {
        // They come again, and are duplicates then.
        if (this.around.disconnects() === disconnects) this.around.unconfirmed(error);
      })
      .finally(() => this.unconfirmed.delete(confirmation));
    this.unconfirmed.add(confirmation);
    for (const { message } of part) this.around.held.release(message);
  }

  private giveBack(messages: readonly Pick<MappedMessage, 'message'>[], delayMs?: number): void {
    for (const { message } of messages) {
      message.nak(delayMs);
      this.around.held.release(message);
    }
  }
}
