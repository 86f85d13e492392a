import type { INestApplicationContext } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStore } from '../../src/event-sourcing/index.js';
import type { Broker } from '../../src/jetstream/broker/broker.js';
import { Intake } from '../../src/jetstream/intake/intake.js';
import { JetStreamModule } from '../../src/jetstream/jetstream.module.js';
import { startTestApplication } from '../../src/testing/test-application.js';
import { ContentWatched, contentStream } from '../../src/viewing/viewing.events.js';
import { viewingEventOf, ViewingModule } from '../../src/viewing/viewing.module.js';
import { withBroker } from '../broker.js';
import type { Figures } from '../figures.js';
import { inTurn } from '../measure.js';
import { openEventfold } from '../open-eventfold.js';
import type { Part, PartContext } from '../part.js';

const EVENTS = 10_000;
const CONTENTS = 1_000;
/** As many as the intake appends in one call. */
const BATCH = 500;
/** Publications whose acknowledgement is awaited at once. */
const WINDOW = 250;
const STREAM = 'EVENTFOLD_BENCH_INTAKE';
const SUBJECT = 'eventfold-bench.content.watched';
const LOOK_MS = 5;

const WORK = `${EVENTS.toLocaleString('en')} views`;
const APPENDED = 'appendEach in process';
const TAKEN_IN = 'intake';

export const intake: Part = {
  name: 'intake',
  about: 'from a JetStream stream into the log (on nodes of nats-server, or JETSTREAM_URL)',
  long: true,
  run: (context) => withBroker((broker) => withStream(broker, () => measureBoth(context, broker))),
  claims: [{ work: WORK, of: TAKEN_IN, against: APPENDED, figure: 'rate', atLeast: 0.7 }],
};

async function withStream<Result>(broker: Broker, work: () => Promise<Result>): Promise<Result> {
  const { streams } = broker.streams;
  await streams.add({ name: STREAM, subjects: [SUBJECT], num_replicas: 3 });
  try {
    return await work();
  } finally {
    await streams.delete(STREAM);
  }
}

async function measureBoth(context: PartContext, broker: Broker) {
  const app = await openEventfold(context.url);
  try {
    return await inTurn(
      context,
      { work: WORK, unit: 'events/s' },
      {
        [APPENDED]: () => appending(app),
        [TAKEN_IN]: () => takingIn(context, broker),
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
async function takingIn({ url, stop }: PartContext, broker: Broker): Promise<Figures> {
  await publishViews(broker);
  const app = await openIntake(url, serversOf(broker));
  try {
    const taken = () => app.get(Intake, { strict: false }).report.messages.appended;
    while (taken() === 0) await sleep(LOOK_MS, undefined, { signal: stop });
    const [before, start] = [taken(), performance.now()];
    while (taken() < EVENTS) await sleep(LOOK_MS, undefined, { signal: stop });
    return { rate: (1_000 * (EVENTS - before)) / (performance.now() - start) };
  } finally {
    await app.close();
  }
}

const serversOf = ({ connection }: Broker) => process.env.JETSTREAM_URL ?? `nats://${connection.getServer()}`;

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
      broker.client.publish(SUBJECT, JSON.stringify({ ...newView(), eventId: randomUUID() })),
    );
    await Promise.all(publications);
  }
}
