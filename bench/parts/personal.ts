import { randomUUID } from 'node:crypto';
import {
  DomainEvent,
  ErasureService,
  EventRegistry,
  EventStore,
  personal as declare,
} from '../../src/event-sourcing/index.js';
import { LogSealer } from '../../src/event-sourcing/for-service.js';
import type { PartContext, Part } from '../part.js';
import { inTurn, measure } from '../measure.js';
import { figuresOf, type Measurement } from '../figures.js';
import { openEventfold } from '../open-eventfold.js';
import { EVENTS_A_USER, fillLogOfUsers, type LogOfUsers } from '../projections/log-of-users.js';
import { catchUp, openFolding } from '../projections/profile-catch-up.js';

interface Data {
  userId: string;
  email: string;
  name: string;
  plan: string;
}

class PlainJoined extends DomainEvent<'bench.plain', Data> {
  static readonly type = 'bench.plain';
  readonly type = PlainJoined.type;
}

class PersonalJoined extends DomainEvent<'bench.personal', Data> {
  static readonly type = 'bench.personal';
  static override readonly personal = declare<Data>({
    subject: 'userId',
    fields: { email: null, name: null },
  });
  readonly type = PersonalJoined.type;
}

const CLIENTS = 32;
const PAGE = 500;
const EVENTS = 1_000;
const ERASED_WITHIN_MS = 60_000;
const APPEND = (clients: number) =>
  `append of an event, ${clients === 1 ? '1 client' : `${clients} clients`}`;
const ERASE = `erasure of a person with ${EVENTS} events`;
const READ = `reading and reviving ${PAGE} events`;
const FOLDED = 50_000;
const FOLD = (eventsAUser: number) =>
  `user profile: ${FOLDED.toLocaleString('en')} events, ` +
  (eventsAUser === 1 ? 'each a registration' : `one of ${eventsAUser} a registration`);
const SEALED = 'e-mail and name of registrations encrypted';
const UNSEALED = 'e-mail and name of registrations in plain';
const PLAIN = 'no personal field';
const KNOWN = 'two personal fields, known person';
const NEW = 'two personal fields, new person';

export const personal: Part = {
  name: 'personal',
  about: 'events with two personal fields beside the same without',
  run: async (context) => [
    ...(await withApplication(context, 'off', async (store, registry) => [
      ...(await appendAll(context, store, 1)),
      ...(await appendAll(context, store, CLIENTS)),
      ...(await readAll(context, store, registry)),
    ])),
    ...(await foldAll(context, EVENTS_A_USER)),
    ...(await foldAll(context, 1)),
    ...(await withApplication(context, 'on', (store, _, erasures) => eraseAll(context, store, erasures))),
  ],
  claims: [
    { work: APPEND(1), of: KNOWN, against: PLAIN, figure: 'p50', atMost: 1.1 },
    { work: APPEND(CLIENTS), of: KNOWN, against: PLAIN, figure: 'rate', atLeast: 0.85 },
    { work: FOLD(EVENTS_A_USER), of: SEALED, against: UNSEALED, figure: 'rate', atLeast: 0.85 },
    { work: FOLD(1), of: SEALED, against: UNSEALED, figure: 'rate', atLeast: 0.85 },
    { work: ERASE, of: KNOWN, figure: 'rate', atLeast: 1 },
  ],
};

async function withApplication<Result>(
  { url }: PartContext,
  projections: 'on' | 'off',
  work: (store: EventStore, registry: EventRegistry, erasures: ErasureService) => Promise<Result>,
): Promise<Result> {
  const app = await openEventfold(url, { PROJECTIONS: projections });
  try {
    const registry = app.get(EventRegistry);
    registry.register(PlainJoined, PersonalJoined);
    return await work(app.get(EventStore), registry, app.get(ErasureService));
  } finally {
    await app.close();
  }
}

const dataOf = (userId: string): Data => ({
  userId,
  email: 'ada.lovelace@example.org',
  name: 'Ada Lovelace',
  plan: 'free',
});

function appendAll(context: PartContext, store: EventStore, clients: number): Promise<Measurement[]> {
  const known = Array.from({ length: clients }, () => randomUUID());
  const appending = (make: (client: number) => DomainEvent) => () =>
    measure(context, { clients }, (client) =>
      store.appendToStream(`bench-${randomUUID()}`, 'no-stream', [make(client)]),
    );
  return inTurn(
    context,
    { work: APPEND(clients), unit: 'appends/s' },
    {
      [PLAIN]: appending((client) => new PlainJoined(dataOf(known[client]!))),
      [KNOWN]: appending((client) => new PersonalJoined(dataOf(known[client]!))),
      [NEW]: appending(() => new PersonalJoined(dataOf(randomUUID()))),
    },
  );
}

/** The part of a fold before the handler. */
function readAll(context: PartContext, store: EventStore, registry: EventRegistry): Promise<Measurement[]> {
  const reading = (type: string) => () =>
    measure(context, { clients: 1 }, async () => {
      const events = await store.readAll({ types: [type], maxCount: PAGE });
      await registry.prepare(events);
      for (const event of events) registry.revive(event);
    });
  return inTurn(
    context,
    { work: READ, unit: 'pages/s' },
    {
      [PLAIN]: reading(PlainJoined.type),
      [KNOWN]: reading(PersonalJoined.type),
    },
  );
}

/** The service's profile in two logs that are the same but for the encryption. */
async function foldAll(context: PartContext, eventsAUser: number): Promise<Measurement[]> {
  const logOf = (kind: string): LogOfUsers => ({
    schema: `${kind}_${eventsAUser}`,
    events: FOLDED,
    eventsAUser,
  });
  const [sealed, plain] = [logOf('sealed'), logOf('plain')];
  for (const log of [sealed, plain]) {
    await (await openFolding(context, log)).close(); // so that the database knows the projections
    await fillLogOfUsers(context, log, FOLDED);
  }
  await seal(context, sealed);
  return inTurn(
    context,
    { work: FOLD(eventsAUser), unit: 'events/s' },
    {
      [UNSEALED]: () => catchUp(context, plain, FOLDED),
      [SEALED]: () => catchUp(context, sealed, FOLDED),
    },
  );
}

async function seal({ url, stop, progress }: PartContext, { schema }: LogOfUsers): Promise<void> {
  const app = await openEventfold(url, { DATABASE_SCHEMA: schema });
  try {
    await app.get(LogSealer).seal({
      actor: 'bench',
      signal: stop,
      onProgress: ({ position, upTo }) => progress.tell(`encrypting ${position} of ${upTo} events`),
    });
  } finally {
    await app.close();
  }
}

/** From the request to the end of the last step, while the service folds. The events are in the log before. */
function eraseAll(context: PartContext, store: EventStore, erasures: ErasureService): Promise<Measurement[]> {
  const erase = async () => {
    const person = randomUUID();
    const events = Array.from({ length: EVENTS }, () => new PersonalJoined(dataOf(person)));
    await store.appendToStream(`bench-${person}`, 'no-stream', events);
    const since = performance.now();
    const { id } = await erasures.request(person, { reason: 'bench' });
    if (!(await erasures.settled(id, ERASED_WITHIN_MS))) throw new Error(`${ERASE} has not ended`);
    return figuresOf([performance.now() - since], (performance.now() - since) / 1_000);
  };
  return inTurn(context, { work: ERASE, unit: 'erasures/s' }, { [KNOWN]: erase });
}
