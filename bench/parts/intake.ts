import type { INestApplicationContext } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStore } from '../../src/event-sourcing/index.js';
import { Broker } from '../../src/jetstream/broker/broker.js';
import { Intake } from '../../src/jetstream/intake/intake.js';
import { JetStreamModule } from '../../src/jetstream/jetstream.module.js';
import { startTestApplication } from '../../src/testing/test-application.js';
import { ContentWatched, contentStream } from '../../src/viewing/viewing.events.js';
import { viewingEventOf, ViewingModule } from '../../src/viewing/viewing.module.js';
import { BrokerCluster } from '../../test/support/servers/broker-cluster.js';
import { type Figures, inTurn } from '../measure.js';
import { openEventfold } from '../open-eventfold.js';
import type { Part, PartContext } from '../part.js';

const EVENTS = 10_000;
const CONTENTS = 1_000;
/** As many as the intake appends in one call. */
const BATCH = 500;
/** Publications whose acknowledgement is awaited at once. */
const WINDOW = 250;
const STREAM = 'VIEWING';
const LOOK_MS = 5;

const WORK = `${EVENTS.toLocaleString('en')} views`;
const APPENDED = 'appendEach in process';
const TAKEN_IN = 'intake';

export const intake: Part = {
  name: 'intake',
  about: 'from a JetStream stream into the log (it needs nats-server on the PATH)',
  long: true,
  run: async (context) => {
    const cluster = await BrokerCluster.start();
    try {
      return await withBroker(cluster, (broker) => measureBoth(context, cluster, broker));
    } finally {
      await cluster.remove();
    }
  },
  claims: [{ work: WORK, of: TAKEN_IN, against: APPENDED, figure: 'rate', atLeast: 0.7 }],
};

async function withBroker<Result>(
  cluster: BrokerCluster,
  work: (broker: Broker) => Promise<Result>,
): Promise<Result> {
  const broker = await Broker.connect({ servers: cluster.url }, 'bench');
  try {
    await broker.streams.streams.add({ name: STREAM, subjects: ['shop.>'], num_replicas: cluster.size });
    return await work(broker);
  } finally {
    await broker.close();
  }
}

async function measureBoth(context: PartContext, cluster: BrokerCluster, broker: Broker) {
  const app = await openEventfold(context.url);
  try {
    return await inTurn(
      context,
      { work: WORK, unit: 'events/s' },
      {
        [APPENDED]: () => appending(app),
        [TAKEN_IN]: () => takingIn(context, cluster, broker),
      },
    );
  } finally {
    await app.close();
  }
}

const newView = () => ({
  userId: randomUUID(),
  contentId: `film-${Math.floor(Math.random() * CONTENTS)}`,
  watchDurationSeconds: 5_400.5,
  completionPercentage: 87.5,
  genre: 'drama',
});

async function appending(app: INestApplicationContext): Promise<Figures> {
  const views = Array.from({ length: EVENTS }, newView);
  const start = performance.now();
  for (let from = 0; from < EVENTS; from += BATCH) {
    const some = views.slice(from, from + BATCH);
    const appends = some.map((view) => ({
      streamId: contentStream(view.contentId),
      event: new ContentWatched(view, randomUUID()),
    }));
    await app.get(EventStore).appendEach(appends);
  }
  return { rate: (1_000 * EVENTS) / (performance.now() - start) };
}

/** The messages are there before the intake begins. Its start is not counted. */
async function takingIn(
  { url, stop }: PartContext,
  { url: servers }: BrokerCluster,
  broker: Broker,
): Promise<Figures> {
  await publishViews(broker);
  const app = await openIntake(url, servers);
  try {
    const taken = () => app.get(Intake, { strict: false }).status.appended;
    while (taken() === 0) await sleep(LOOK_MS, undefined, { signal: stop });
    const [before, start] = [taken(), performance.now()];
    while (taken() < EVENTS) await sleep(LOOK_MS, undefined, { signal: stop });
    return { rate: (1_000 * (EVENTS - before)) / (performance.now() - start) };
  } finally {
    await app.close();
  }
}

/** The intake folds nothing here, as the other one does. */
const openIntake = (url: string, servers: string) =>
  startTestApplication(url, {
    imports: [
      ViewingModule.forRoot({ controllers: false }),
      JetStreamModule.forRoot({ servers, intake: { stream: STREAM, map: viewingEventOf } }),
    ],
  });

async function publishViews(broker: Broker): Promise<void> {
  for (let from = 0; from < EVENTS; from += WINDOW) {
    const publications = Array.from({ length: WINDOW }, () =>
      broker.client.publish('shop.content.watched', JSON.stringify({ ...newView(), eventId: randomUUID() })),
    );
    await Promise.all(publications);
  }
}
