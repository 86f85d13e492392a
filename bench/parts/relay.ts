import type { INestApplicationContext } from '@nestjs/common';
import { withBroker } from '../broker.js';
import { Database, LogSignal, ResolvedOptions } from '../../src/event-sourcing/for-service.js';
import { EventStore } from '../../src/event-sourcing/index.js';
import type { Broker } from '../../src/jetstream/broker/broker.js';
import { RelayLog } from '../../src/jetstream/relay/relay-log.js';
import type { ResolvedRelayOptions } from '../../src/jetstream/relay/relay-options.js';
import { RelaySession } from '../../src/jetstream/relay/relay-session.js';
import type { PlacedMessage } from '../../src/jetstream/relay/placed-message.js';
import { RelayStream } from '../../src/jetstream/relay/relay-stream.js';
import { contentStream, ContentWatched } from '../../src/viewing/viewing.events.js';
import { paced } from '../http/paced.js';
import type { Figures, Measurement } from '../figures.js';
import { inTurn } from '../measure.js';
import { openEventfold } from '../open-eventfold.js';
import type { Part, PartContext } from '../part.js';
import { EXAMPLE_USER } from '../../src/api/example-user.js';
import { fillLog } from './fill-log.js';
import { measureRelayedCommands, relayedCommandsClaim } from './relayed-commands.js';

const WINDOW = 256;
const PER_SECOND = 200;
const SLICES = 5;
const CATCH_UP = `the log to a new stream of three replicas, ${WINDOW} publications in flight`;
const LATE = `${PER_SECOND} events/s, from the commit to the acknowledgement of the broker`;
const BARE = 'bare publisher';
const RELAY = 'eventfold';

/** The relay beside a publisher that has all messages in memory, and what it costs the commands of its process. */
export const relay: Part = {
  name: 'relay',
  about:
    'the log to a stream of NATS JetStream, beside a bare publisher (needs nats-server or JETSTREAM_URL)',
  run: async (context) => {
    await fillLog(context);
    const app = await openEventfold(context.url);
    try {
      return await withBroker(async (broker, servers) => [
        ...(await new RelayBench(context, app, broker).run()),
        ...(await measureRelayedCommands(context, broker, servers)),
      ]);
    } finally {
      await app.close();
    }
  },
  claims: [
    { work: CATCH_UP, of: RELAY, against: BARE, figure: 'rate', atLeast: 0.8 },
    { work: LATE, of: RELAY, figure: 'p50', atMost: 15 },
    relayedCommandsClaim,
  ],
};

class RelayBench {
  private readonly store: EventStore;
  private readonly log: RelayLog;
  private streams = 0;

  constructor(
    private readonly context: PartContext,
    private readonly app: INestApplicationContext,
    private readonly broker: Broker,
  ) {
    this.store = app.get(EventStore);
    this.log = new RelayLog(app.get(Database), this.store, app.get(ResolvedOptions));
  }

  async run(): Promise<Measurement[]> {
    const messages = await this.messages();
    const catchUp = {
      [BARE]: () => this.publishBare(messages),
      [RELAY]: () => this.relayAll(messages.length),
    };
    return [
      ...(await inTurn(this.context, { work: CATCH_UP, unit: 'events/s' }, catchUp)),
      ...(await inTurn(this.context, { work: LATE, unit: 'events/s' }, { [RELAY]: () => this.relayPaced() })),
    ];
  }

  /** The whole log as messages. */
  private async messages(): Promise<PlacedMessage[]> {
    const stream = new RelayStream(this.broker, optionsOf('BENCH'));
    const messages: PlacedMessage[] = [];
    for await (const event of this.store.iterateAll()) messages.push(stream.messageOf(event));
    return messages;
  }

  private async publishBare(messages: readonly PlacedMessage[]): Promise<Figures> {
    return this.onNewStream(async (options) => {
      let next = 0;
      const work = async () => {
        while (next < messages.length) {
          const { subject, headers, body, sequence } = messages[next++]!;
          const expect = { streamName: options.stream, lastSequence: sequence - 1 };
          await this.broker.client.publish(subject, body, { headers, expect });
        }
      };
      return rateOf(messages.length, () => Promise.all(Array.from({ length: WINDOW }, work)));
    });
  }

  private async relayAll(count: number): Promise<Figures> {
    return this.onNewStream((options) =>
      rateOf(
        count,
        () =>
          new Promise<void>((resolve, reject) => {
            const session = this.session(options, (position) => {
              if (position !== count) return;
              session.finish(new Error('The log is relayed.'));
              resolve();
            });
            session.run().catch(reject);
          }),
      ),
    );
  }

  private async relayPaced(): Promise<Figures> {
    const firstPosition = (await this.store.head()) + 1;
    return this.onNewStream(async (options) => {
      const times = new Acknowledgements();
      const session = this.session(options, (position) => times.of(position).come());
      const unsubscribe = this.app.get(LogSignal).subscribe(() => session.wake());
      const ended = session.run().catch(() => undefined);
      const isOver = (elapsedMs: number) => elapsedMs >= SLICES * this.context.sliceMs;
      try {
        return await paced(this.context, { perSecond: PER_SECOND, isOver }, async (nth) => {
          const { position, committed } = await this.append(nth);
          return (await times.of(position).at) - committed;
        });
      } finally {
        unsubscribe();
        session.finish(new Error('The round is over.'));
        await ended;
      }
    }, firstPosition);
  }

  private async append(nth: number): Promise<{ position: number; committed: number }> {
    const contentId = `film-${nth % 100}`;
    const data = { userId: EXAMPLE_USER.id, contentId, watchDurationSeconds: nth, completionPercentage: 50 };
    const event = new ContentWatched(data);
    const { position } = await this.store.appendToStream(contentStream(contentId), 'any', [event]);
    return { position, committed: performance.now() };
  }

  private session(options: ResolvedRelayOptions, reached: (position: number) => void): RelaySession {
    const observer = { compared: () => undefined, reached, idleMs: () => 500 };
    return new RelaySession(new RelayStream(this.broker, options), this.log, options, observer);
  }

  /** Its subjects belong to it alone, and it is removed afterwards. */
  private async onNewStream(
    work: (options: ResolvedRelayOptions) => Promise<Figures>,
    firstPosition = 1,
  ): Promise<Figures> {
    const options = optionsOf(`BENCH_${++this.streams}`, firstPosition);
    await new RelayStream(this.broker, options).open();
    try {
      return await work(options);
    } finally {
      await this.broker.streams.streams.delete(options.stream);
    }
  }
}

/** When each position was acknowledged; asked before it or after it. */
class Acknowledgements {
  private readonly known = new Map<number, { at: Promise<number>; come: () => void }>();

  of(position: number) {
    const found = this.known.get(position) ?? acknowledgement();
    this.known.set(position, found);
    return found;
  }
}

function acknowledgement() {
  let come!: () => void;
  const at = new Promise<number>((resolve) => (come = () => resolve(performance.now())));
  return { at, come };
}

const optionsOf = (stream: string, firstPosition = 1): ResolvedRelayOptions => ({
  stream,
  prefix: 'bench',
  partitions: 16,
  firstPosition,
  windowEvents: WINDOW,
  windowBytes: 8 * 2 ** 20,
  comparisonIntervalMs: 3_600_000,
});

async function rateOf(count: number, work: () => Promise<unknown>): Promise<Figures> {
  const start = performance.now();
  await work();
  return { rate: (count * 1_000) / (performance.now() - start) };
}
