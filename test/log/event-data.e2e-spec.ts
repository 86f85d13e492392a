/** The values that an event store takes, and their stored spelling, on the log of a real server. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { startOfChain } from '../../src/event-sourcing/for-service.js';
import {
  AggregateRoot,
  DomainEvent,
  type EventSourcedRepository,
  EventSourcingModule,
  EventStore,
  type Evolve,
  getAggregatesToken,
  MessageContext,
} from '../../src/event-sourcing/index.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startUsualHost } from '../support/hosts/usual-host.js';

interface Content {
  anything?: unknown;
}

class Kept extends DomainEvent<'drawer.kept', Content> {
  static readonly type = 'drawer.kept';
  readonly type = Kept.type;
}

class Drawer extends AggregateRoot<{ last: Content }, Kept> {
  static readonly stream = 'drawer';
  static readonly events = [Kept];
  protected readonly initialState = { last: {} };
  protected readonly evolve: Evolve<{ last: Content }, Kept> = {
    'drawer.kept': (_, { data }) => ({ last: data }),
  };

  keep(anything: unknown): this {
    this.raise(new Kept({ anything }));
    return this;
  }
}

let database: TestDatabase;
let app: INestApplicationContext;
let store: EventStore;
let drawers: EventSourcedRepository<Drawer>;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startUsualHost(database, {
    imports: [EventSourcingModule.forFeature({ aggregates: [Drawer] })],
  });
  store = app.get(EventStore);
  drawers = app.get(getAggregatesToken(Drawer));
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

const append = (streamId: string, data: object, more: object = {}) =>
  store.appendToStream(streamId, 'any', [{ type: 'drawer.kept', data, ...more }]);
const deep = (depth: number) => {
  let value: object = {};
  for (let level = 1; level < depth; level++) value = { in: value };
  return value;
};
const invalid = (sentence: string) => ({
  code: 'invalid-append',
  message: expect.stringContaining(sentence),
});

describe('the state of a hot aggregate', () => {
  it('is the one that the log makes, whatever was left undefined', async () => {
    const id = randomUUID();
    const given = {
      a: undefined,
      b: [{ c: -0, d: undefined }],
      e: new (class Named {
        f = 1;
      })(),
    };
    const created = await drawers.create(new Drawer(id).keep(given));
    const hot = await drawers.find(id);
    const past = await drawers.findAtVersion(id, 1); // from the log
    expect(created.state).toStrictEqual(past!.state);
    expect(hot!.state).toStrictEqual(past!.state);
    expect(past!.state).toStrictEqual({ last: { anything: { b: [{ c: 0 }], e: { f: 1 } } } });
  });

  it.each([new Date(0), new Map(), [undefined], Number.NaN, 5n, 'a\0', '\ud800', deep(20_000)])(
    'is never one that the log could not make: %#',
    async (anything) => {
      const id = randomUUID();
      await drawers.create(new Drawer(id).keep('right'));
      const update = drawers.update(id, (drawer) => void drawer.keep(anything));
      await expect(update).rejects.toMatchObject(invalid('data.anything'));
      await expect(drawers.find(id)).resolves.toMatchObject({
        version: 1,
        state: { last: { anything: 'right' } },
      });
    },
  );

  it('and its caller share nothing', async () => {
    const id = randomUUID();
    const user = { name: 'Ada', roles: ['admin'] };
    await drawers.create(new Drawer(id).keep(user));
    user.roles.push('owner');
    await expect(drawers.find(id)).resolves.toMatchObject({
      state: { last: { anything: { roles: ['admin'] } } },
    });
  });
});

describe('an append', () => {
  it.each<[string, () => Promise<unknown>, string]>([
    [
      'data with a Date',
      () => append('drawer-a', { items: [{ at: new Date(0) }] }),
      'data.items[0].at is a Date',
    ],
    ['data with a BigInt', () => append('drawer-a', { n: 1n }), 'data.n is a bigint'],
    ['data that is nested 20,000 deep', () => append('drawer-a', deep(20_000)), 'nested more than 500 deep'],
    ['data with half of a pair in a key', () => append('drawer-a', { '\udc00': 1 }), 'data has a key'],
    ['no data', () => append('drawer-a', undefined as never), 'data is undefined'],
    ['a stream id with a NUL', () => append('drawer-\0', {}), 'The stream id is "drawer-\\u0000"'],
    ['an empty stream id', () => append('', {}), 'The stream id is ""'],
    ['half of a pair in a type', () => append('drawer-a', {}, { type: '\ud800' }), 'The event type is'],
    ['no type', () => append('drawer-a', {}, { type: undefined }), 'The event type is undefined'],
    [
      'an id that is no UUID',
      () => append('drawer-a', {}, { eventId: 'mine' }),
      'The event id "mine" is no UUID',
    ],
    [
      'a schema version of 0',
      () => append('drawer-a', {}, { schemaVersion: 0 }),
      'is a whole number from 1 on, not 0',
    ],
    [
      'a version beyond those of PostgreSQL',
      () => store.appendToStream('drawer-a', 2 ** 31, [new Kept({})]),
      'a whole number from 0 to 2147483647, not 2147483648',
    ],
    ['a version that is none', () => store.appendToStream('drawer-a', '1' as never, [new Kept({})]), 'not 1'],
    [
      'metadata with a NUL',
      () => app.get(MessageContext).run(startOfChain('c\0'), () => append('drawer-a', {})),
      'metadata.correlationId is a text',
    ],
  ])('of %s is refused in a sentence, and by itself', async (_what, attempt, sentence) => {
    const neighbour = append(`drawer-${randomUUID()}`, {});
    await expect(attempt()).rejects.toMatchObject(invalid(sentence));
    await expect(neighbour).resolves.toMatchObject({ verdict: 'appended' });
  });
});

describe('what no stream can be or have', () => {
  it('is not found', async () => {
    const id = randomUUID();
    await drawers.create(new Drawer(id).keep(1));
    await expect(drawers.find('a\0')).resolves.toBeUndefined();
    await expect(drawers.exists('a\0')).resolves.toBe(false);
    await expect(drawers.findAtVersion(id, 2 ** 31)).resolves.toBeUndefined();
    await expect(store.readStream(`drawer-${id}`, { fromVersion: 2 ** 31 })).resolves.toEqual([]);
    await expect(
      store.readStream(`drawer-${id}`, { fromVersion: 2 ** 40, direction: 'backwards' }),
    ).resolves.toHaveLength(1);
  });
});

describe('an event id', () => {
  const spellings = (id: string) => [id.toUpperCase(), `{${id}}`, id.replaceAll('-', '')];
  const each = (...ids: string[]) =>
    store.appendEach(ids.map((eventId) => ({ streamId: 'drawer-ids', event: new Kept({}, eventId) })));

  it('is one in all its spellings, when it is delivered again', async () => {
    const eventId = randomUUID();
    const [first] = await each(eventId.toUpperCase());
    expect(first).toMatchObject({ verdict: 'appended', eventId });
    for (const spelling of spellings(eventId)) {
      await expect(each(spelling)).resolves.toEqual([{ ...first, verdict: 'duplicate' }]);
    }
    await expect(
      store.appendToStream('drawer-ids', 'any', [new Kept({}, eventId.toUpperCase())]),
    ).resolves.toMatchObject({ verdict: 'duplicate', position: first!.position });
  });

  it('is one in all its spellings, within one call', async () => {
    const eventId = randomUUID();
    const results = await each(...spellings(eventId), randomUUID());
    const { position } = results[0]!;
    expect(results.map(({ verdict }) => verdict)).toEqual(['appended', 'duplicate', 'duplicate', 'appended']);
    expect(results.slice(0, 3).map((result) => result.position)).toEqual([position, position, position]);
  });

  it('in two spellings within one stream append is refused', async () => {
    const eventId = randomUUID();
    const twice = store.appendToStream('drawer-twice', 'no-stream', [
      new Kept({}, eventId),
      new Kept({}, eventId.toUpperCase()),
    ]);
    await expect(twice).rejects.toMatchObject({ kind: 'invalid' });
  });
});
