import type { StoredMsg } from '@nats-io/jetstream';
import { Broker } from '../../../src/jetstream/broker/broker.js';

/** A message of a stream, as consumers get it. */
export interface RelayedMessage {
  sequence: number;
  subject: string;
  headers: Record<string, string>;
  body: unknown;
}

/** A stream as a consumer sees it, for comparison with the log. */
export class RelayedStream {
  private constructor(
    readonly broker: Broker,
    readonly name: string,
  ) {}

  static async open(servers: string, name = 'EVENTFOLD'): Promise<RelayedStream> {
    return new RelayedStream(await Broker.connect({ servers }, 'test'), name);
  }

  async lastSequence(): Promise<number> {
    return (await this.broker.streams.streams.info(this.name)).state.last_seq;
  }

  async message(sequence: number): Promise<RelayedMessage> {
    return relayed((await this.broker.streams.streams.getMessage(this.name, { seq: sequence }))!);
  }

  /** All messages, in order. */
  async messages(): Promise<RelayedMessage[]> {
    const last = await this.lastSequence();
    const found: RelayedMessage[] = [];
    for await (const message of this.each()) {
      found.push(message);
      if (message.sequence >= last) break;
    }
    return found;
  }

  /** The messages, in order, by a consumer: those that are there, and those that come. */
  async *each(): AsyncGenerator<RelayedMessage, undefined> {
    const consumer = await this.broker.client.consumers.get(this.name);
    const messages = await consumer.consume();
    try {
      for await (const { seq, subject, headers, data } of messages)
        yield relayed({ seq, subject, header: headers!, data });
      return undefined;
    } finally {
      await messages.close();
    }
  }

  close(): Promise<void> {
    return this.broker.close();
  }
}

function relayed({ seq, subject, header, data }: Pick<StoredMsg, 'seq' | 'subject' | 'header' | 'data'>) {
  const headers = Object.fromEntries(header.keys().map((name) => [name, header.get(name)]));
  return { sequence: seq, subject, headers, body: JSON.parse(Buffer.from(data).toString()) as unknown };
}
