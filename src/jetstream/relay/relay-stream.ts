import {
  JetStreamApiCodes,
  JetStreamApiError,
  PubHeaders,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import type { StoredEvent } from '../../event-sourcing/index.js';
import type { Broker } from '../broker/broker.js';
import { CE_ID, messageOf, sizeOf } from '../message/event-message.js';
import type { PlacedMessage } from './placed-message.js';
import { type PublicationEnded, Publications } from './publications.js';
import type { ResolvedRelayOptions } from './relay-options.js';
import { differencesOf, layoutOf, newStream, type StreamLayout } from './stream-settings.js';

/** Copies of each message: a lost node loses nothing. */
const REPLICAS = 3;
/** The broker has fewer nodes than a stream wants replicas. */
const TOO_FEW_NODES: readonly number[] = [10_005, 10_074];

/** The stream of a relay. Positions are those of the log. */
export class RelayStream {
  private readonly layout: StreamLayout;
  /** The most bytes of a message by the stream's own settings. */
  private maxMessageBytes = Infinity;

  constructor(
    private readonly broker: Broker,
    private readonly options: ResolvedRelayOptions,
  ) {
    this.layout = layoutOf(options);
  }

  /** The position before the first event. */
  get offset(): number {
    return this.layout.offset;
  }

  /**
   * Makes the stream when there is none.
   *
   * @param mayBegin throws when the log is not one for a stream that begins here
   * @returns a warning, when it has fewer replicas than it should
   * @throws Error as `requireFit`
   */
  async open(mayBegin = (): Promise<void> => Promise.resolve()): Promise<string | undefined> {
    if ((await this.find()) === undefined) {
      await mayBegin();
      await this.create();
    }
    const { name, num_replicas: replicas } = (await this.requireFit()).config;
    if (replicas >= REPLICAS) return undefined;
    return `The stream ${name} has ${replicas} of ${REPLICAS} replicas: a lost node may lose it.`;
  }

  /** @throws Error when there is no stream, or that names the settings with which the relay cannot work */
  async requireFit(): Promise<StreamInfo> {
    const { stream } = this.options;
    const found = await this.find();
    if (found === undefined) throw new Error(`There is no stream ${stream} yet.`);
    const differences = differencesOf(found.config, this.options);
    if (differences.length > 0)
      throw new Error(`The stream ${stream} has other settings: ${differences.join('; ')}.`);
    this.maxMessageBytes = messageLimitOf(found.config);
    return found;
  }

  private async find(): Promise<StreamInfo | undefined> {
    return this.broker.streams.streams.info(this.options.stream).catch((error: unknown) => {
      if (codeOf(error) === JetStreamApiCodes.StreamNotFound) return undefined;
      throw error;
    });
  }

  /**
   * The positions of the first and the last event that it has; when it is empty, the first is after the last.
   *
   * @throws Error as `requireFit`: the settings may have been edited
   */
  async range(): Promise<{ first: number; last: number }> {
    const { state } = await this.requireFit();
    return { first: Math.max(state.first_seq, 1) + this.offset, last: state.last_seq + this.offset };
  }

  /** Undefined when it has no message there; empty when the message is none of a relay. */
  async eventIdAt(position: number): Promise<string | undefined> {
    const query = { seq: position - this.offset };
    const message = await this.broker.streams.streams.getMessage(this.options.stream, query);
    return message?.header.get(CE_ID);
  }

  /** @throws Error when the broker or the stream takes no message of this size, with both sizes */
  messageOf(event: StoredEvent): PlacedMessage {
    const sequence = event.position - this.offset;
    const message = messageOf(this.layout, event);
    message.headers.set(PubHeaders.ExpectedStreamHdr, this.options.stream);
    message.headers.set(PubHeaders.ExpectedLastSeqHdr, String(sequence - 1));
    this.requireRoom(sizeOf(message), event.position);
    return { ...message, sequence };
  }

  private requireRoom(bytes: number, position: number): void {
    const { max_payload: maxPayload = Infinity } = this.broker.connection.info ?? {};
    const limit = Math.min(maxPayload, this.maxMessageBytes);
    if (bytes <= limit) return;
    const [who, setting] =
      limit === maxPayload ? ['broker', 'max_payload'] : ['stream', 'max_msg_size of the stream'];
    const fact = `The event at position ${position} has ${bytes} bytes as a message`;
    throw new Error(`${fact}, and the ${who} takes ${limit}: raise ${setting}.`);
  }

  /**
   * Stores messages at their sequences, and nowhere else.
   *
   * @param ended is told an `OvertakenError` when the stream does not end right before a message
   */
  publications(ended: PublicationEnded): Publications {
    return new Publications(this.broker.connection, ended);
  }

  private async create(replicas = REPLICAS): Promise<StreamInfo> {
    try {
      return await this.broker.streams.streams.add(newStream(this.options, replicas));
    } catch (error) {
      if (replicas > 1 && TOO_FEW_NODES.includes(codeOf(error) ?? 0)) return this.create(replicas - 1);
      throw error;
    }
  }
}

const messageLimitOf = ({ max_msg_size: limit = -1 }: Partial<StreamConfig>): number =>
  limit > 0 ? limit : Infinity;

const codeOf = (error: unknown): number | undefined =>
  error instanceof JetStreamApiError ? error.code : undefined;
