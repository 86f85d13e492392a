import { randomUUID } from 'node:crypto';
import {
  DomainEvent,
  EventRegistry,
  EventStore,
  personal as declare,
} from '../../src/event-sourcing/index.js';
import type { PartContext, Part } from '../part.js';
import { inTurn, measure } from '../measure.js';
import type { Measurement } from '../figures.js';
import { openEventfold } from '../open-eventfold.js';

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
const APPEND = `append of an event, ${CLIENTS} clients`;
const READ = `reading and reviving ${PAGE} events`;
const PLAIN = 'no personal field';
const KNOWN = 'two personal fields, known person';
const NEW = 'two personal fields, new person';

export const personal: Part = {
  name: 'personal',
  about: 'events with two personal fields beside the same without',
  run: async (context) => {
    const app = await openEventfold(context.url);
    try {
      app.get(EventRegistry).register(PlainJoined, PersonalJoined);
      const store = app.get(EventStore);
      return [
        ...(await appendAll(context, store)),
        ...(await readAll(context, store, app.get(EventRegistry))),
      ];
    } finally {
      await app.close();
    }
  },
  claims: [{ work: APPEND, of: KNOWN, against: PLAIN, figure: 'p50', atMost: 1.1 }],
};

const dataOf = (userId: string): Data => ({
  userId,
  email: 'ada.lovelace@example.org',
  name: 'Ada Lovelace',
  plan: 'free',
});

function appendAll(context: PartContext, store: EventStore): Promise<Measurement[]> {
  const known = Array.from({ length: CLIENTS }, () => randomUUID());
  const appending = (make: (client: number) => DomainEvent) => () =>
    measure(context, { clients: CLIENTS }, (client) =>
      store.appendToStream(`bench-${randomUUID()}`, 'no-stream', [make(client)]),
    );
  return inTurn(
    context,
    { work: APPEND, unit: 'appends/s' },
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
