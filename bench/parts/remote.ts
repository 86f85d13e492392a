import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '../../src/jetstream/broker/broker.js';
import { withBroker } from '../broker.js';
import type { Measurement } from '../figures.js';
import { inTurn } from '../measure.js';
import { openEventfold } from '../open-eventfold.js';
import type { Part, PartContext } from '../part.js';
import { catchUpFirst, eventfold } from '../projections/eventfold.js';
import type { FoldingProgram } from '../projections/folding-program.js';
import { catchUpRemotely, openRemoteEventfold } from '../projections/remote-eventfold.js';
import { withDatabase } from '../server.js';
import { fillLog } from './fill-log.js';

const WORK = 'both read models, from the first event on';
const BESIDE = 'beside the log';
const REMOTE = 'from the stream, in another database';
const STREAM = 'EVENTFOLD';
const LOOK_MS = 100;

/** Catch-up of both read models from the stream of a relay, against that beside the log in the same run. */
export const remote: Part = {
  name: 'remote',
  about: 'read models in another database, folded from JetStream (needs nats-server or JETSTREAM_URL)',
  run: async (context) => {
    await fillLog(context);
    await catchUpFirst(context.url, context.events);
    return withBroker(async (broker, servers) => {
      context.progress.tell('relaying the log');
      await relayAll(context, broker, servers);
      return withDatabase(context.url, 'eventfold_bench_remote_rows', (url) =>
        compare(context, url, servers),
      );
    });
  },
  claims: [{ work: WORK, of: REMOTE, against: BESIDE, figure: 'rate', atLeast: 0.6 }],
};

async function compare(context: PartContext, url: string, servers: string): Promise<Measurement[]> {
  const { events: head } = context;
  await catchUpRemotely(url, servers, head);
  const names = ['user-profile', 'content-popularity'] as const;
  const rateOf = (program: FoldingProgram) => async () => ({
    rate: (head * 1_000) / (await program.fold(head)),
  });
  return inTurn(
    context,
    { work: WORK, unit: 'events/s' },
    {
      [BESIDE]: rateOf(eventfold(context.url, names)),
      [REMOTE]: rateOf(eventfold(url, names, () => openRemoteEventfold(url, servers))),
    },
  );
}

/** Publishes the whole log. */
async function relayAll({ url, events, stop }: PartContext, broker: Broker, servers: string): Promise<void> {
  const app = await openEventfold(url, { PROJECTIONS: 'on', JETSTREAM_URL: servers, RELAY: 'on' });
  try {
    while ((await lastOf(broker)) < events) {
      stop.throwIfAborted();
      await sleep(LOOK_MS);
    }
  } finally {
    await app.close();
  }
}

/** 0 while there is no stream. */
const lastOf = (broker: Broker): Promise<number> =>
  broker.streams.streams.info(STREAM).then(
    ({ state }) => state.last_seq,
    () => 0,
  );
