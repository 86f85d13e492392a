import { Inject, Injectable, Optional } from '@nestjs/common';
import type { JsMsg } from '@nats-io/jetstream';
import { spellingsOf } from '../../event-sourcing/for-service.js';
import { type FoundText, type TextPlace, TextSearch } from '../../event-sourcing/index.js';
import { INTAKE_OPTIONS, type ResolvedIntakeOptions } from '../intake/intake-options.js';
import { rejectedStream } from '../intake/rejected-messages.js';
import { RELAY_OPTIONS, type ResolvedRelayOptions } from '../relay/relay-options.js';
import { Broker, BROKER } from './broker.js';
import type { BrokerOptions } from './broker-options.js';
import { isNotFound } from './not-found.js';

/** Messages of one request, and how long it waits for them, in ms. */
const PART = 500;
const PART_WITHIN_MS = 5_000;

/**
 * Searches the streams of the relay and of the intake for texts: subject, headers and body of each message that they
 * keep. A relayed event that was personal before its log was sealed is there as it was published.
 */
@Injectable()
export class StreamSearch implements TextPlace {
  constructor(
    @Inject(BROKER) private readonly cluster: BrokerOptions,
    @Optional() @Inject(RELAY_OPTIONS) private readonly relay: ResolvedRelayOptions | undefined,
    @Optional() @Inject(INTAKE_OPTIONS) private readonly intake: ResolvedIntakeOptions | undefined,
    search: TextSearch,
  ) {
    search.addPlace(this);
  }

  /** @throws Error when the cluster does not answer */
  async find(texts: readonly string[]): Promise<FoundText[]> {
    const broker = await Broker.connect(this.cluster, 'eventfold search').catch((cause: Error) => {
      const reason = `the JetStream cluster does not answer: ${cause.message}`;
      throw new Error(`The streams of the broker were not searched, since ${reason}`, { cause });
    });
    try {
      const found: FoundText[] = [];
      for (const stream of await this.streams(broker)) found.push(...(await findIn(broker, stream, texts)));
      return found;
    } finally {
      await broker.close();
    }
  }

  private async streams(broker: Broker): Promise<Set<string>> {
    const rejected = this.intake && (await rejectedStream(broker, this.intake.prefix));
    const names = [this.relay?.stream, this.intake?.stream, rejected];
    return new Set(names.filter((name) => name !== undefined));
  }
}

async function findIn(broker: Broker, stream: string, texts: readonly string[]): Promise<FoundText[]> {
  const wanted = texts.map((text) => ({ text, spellings: spellingsOf(text), count: 0 }));
  for await (const message of messagesOf(broker, stream)) {
    const content = contentOf(message);
    for (const each of wanted)
      if (each.spellings.some((spelling) => content.includes(spelling))) each.count++;
  }
  return wanted
    .filter(({ count }) => count > 0)
    .map(({ text, count }) => ({
      table: `stream ${stream}`,
      column: 'messages',
      count,
      text,
      isElsewhere: true,
    }));
}

/** The messages that a stream has now; none when there is no such stream. */
async function* messagesOf(broker: Broker, stream: string): AsyncGenerator<JsMsg> {
  const info = await broker.streams.streams.info(stream).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
  if (info === undefined) return;
  const consumer = await broker.client.consumers.get(stream);
  while ((await consumer.info()).num_pending > 0) {
    // In parts, since messages may be removed meanwhile: none comes then, and none is pending.
    const part = await consumer.fetch({ max_messages: PART, expires: PART_WITHIN_MS });
    for await (const message of part) {
      yield message;
      if (message.seq >= info.state.last_seq) return;
    }
  }
}

function contentOf({ subject, headers, data }: JsMsg): string {
  const named = headers?.keys().flatMap((name) => headers.values(name)) ?? [];
  return [subject, ...named, Buffer.from(data).toString()].join('\n').toLowerCase();
}
