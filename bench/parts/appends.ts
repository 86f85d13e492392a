import type { PartContext, Part } from '../part.js';
import { inTurn, measure } from '../measure.js';
import type { Measurement } from '../figures.js';
import { type Contender, newStream, watchedEvents } from '../stores/contender.js';
import { withAllStores } from '../stores/open-all.js';
import { SET_LIMIT } from '../stores/set-insert.js';

interface Work {
  name: string;
  clients: number;
  events: number;
  /** Each client keeps to one stream and knows its version. Otherwise every append begins a stream. */
  ownStream?: true;
}

const ONE_CLIENT = 'new stream, 1 client';
const NEW_STREAM = 'new stream, 32 clients';
const CROWD = 'new stream, 128 clients';
const OWN_STREAM = 'own stream, 32 clients';
const TEN_EVENTS = '10 events to a new stream, 32 clients';

const WORKS: readonly Work[] = [
  { name: ONE_CLIENT, clients: 1, events: 1 },
  { name: NEW_STREAM, clients: 32, events: 1 },
  { name: CROWD, clients: 128, events: 1 },
  { name: OWN_STREAM, clients: 32, events: 1, ownStream: true },
  { name: TEN_EVENTS, clients: 32, events: 10 },
];

const ours = { of: 'eventfold', against: 'plain INSERT', figure: 'rate' } as const;

export const appends: Part = {
  name: 'appends',
  about: 'appending to streams at an expected version',
  needsPeers: true,
  run: (context) => withAllStores(context.url, (contenders) => appendAll(context, contenders)),
  claims: [
    { ...ours, work: ONE_CLIENT, figure: 'p50', atMost: 1.25 },
    { ...ours, work: NEW_STREAM, atLeast: 2.5 },
    { ...ours, work: NEW_STREAM, against: SET_LIMIT, atLeast: 0.8 },
    { ...ours, work: NEW_STREAM, against: 'emmett', atLeast: 7 },
    { ...ours, work: NEW_STREAM, figure: 'p99', atMost: 1 },
    { ...ours, work: CROWD, atLeast: 3 },
    { ...ours, work: OWN_STREAM, atLeast: 2.2 },
    { ...ours, work: TEN_EVENTS, atLeast: 1 },
    { ...ours, work: TEN_EVENTS, against: 'emmett', atLeast: 2.2 },
  ],
};

async function appendAll(context: PartContext, contenders: readonly Contender[]): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const work of WORKS) {
    const rounds = contenders.map(
      (contender) => [contender.name, appending(context, contender, work)] as const,
    );
    measurements.push(
      ...(await inTurn(context, { work: work.name, unit: 'appends/s' }, Object.fromEntries(rounds))),
    );
  }
  return measurements;
}

function appending(context: PartContext, contender: Contender, { clients, events, ownStream }: Work) {
  const payload = watchedEvents(events);
  const own = Array.from({ length: clients }, () => ({ streamId: newStream(), version: 0 }));
  const toOwnStream = async (client: number) => {
    const stream = own[client]!;
    await contender.append(stream.streamId, stream.version, payload);
    stream.version += events;
  };
  const toNewStream = () => contender.append(newStream(), 0, payload);
  return () => measure(context, { clients }, ownStream ? toOwnStream : toNewStream);
}
