import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { startOfChain } from '../../src/event-sourcing/for-service.js';
import {
  ConcurrencyError,
  type EventToAppend,
  EventStore,
  InvalidAppendError,
  MessageContext,
  PartialDuplicateError,
} from '../../src/event-sourcing/index.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

const noted = (text: string, eventId?: string): EventToAppend => ({
  type: 'test.noted',
  data: { text },
  eventId,
});

describe('the event store', () => {
  let service: TestService;
  let store: EventStore;
  let dataSource: DataSource;
  let stream: string;

  beforeAll(async () => {
    service = await startTestService({ PROJECTIONS: 'off' });
    store = service.app.get(EventStore);
    dataSource = service.app.get(DataSource);
  });
  afterAll(() => service.stop());
  beforeEach(() => {
    stream = `note-${randomUUID()}`;
  });

  const textsOf = async (streamId: string) =>
    (await store.readStream(streamId)).map(({ data }) => (data as { text: string }).text);

  describe('appending to a stream', () => {
    it('numbers versions from 1 and positions one after the other', async () => {
      const head = await store.head();
      const result = await store.appendToStream(stream, 'no-stream', [noted('a'), noted('b')]);
      expect(result).toMatchObject({ verdict: 'appended', version: 2, position: head + 2 });
      const events = await store.readStream(stream);
      expect(events.map(({ version, position }) => [version, position])).toEqual([
        [1, head + 1],
        [2, head + 2],
      ]);
    });

    it('takes an exact version, and refuses any other with both versions', async () => {
      await store.appendToStream(stream, 0, [noted('a')]);
      await store.appendToStream(stream, 1, [noted('b')]);
      const late = store.appendToStream(stream, 1, [noted('late')]);
      await expect(late).rejects.toThrow(ConcurrencyError);
      await expect(late).rejects.toMatchObject({ streamId: stream, expectedVersion: 1, actualVersion: 2 });
      expect(await textsOf(stream)).toEqual(['a', 'b']);
    });

    it('knows "no-stream", "stream-exists" and "any"', async () => {
      await expect(store.appendToStream(stream, 'stream-exists', [noted('x')])).rejects.toThrow(
        ConcurrencyError,
      );
      await store.appendToStream(stream, 'no-stream', [noted('a')]);
      await expect(store.appendToStream(stream, 'no-stream', [noted('x')])).rejects.toThrow(ConcurrencyError);
      await store.appendToStream(stream, 'stream-exists', [noted('b')]);
      await store.appendToStream(stream, 'any', [noted('c')]);
      expect(await textsOf(stream)).toEqual(['a', 'b', 'c']);
    });

    it('stores who and what an event goes back to', async () => {
      const message = startOfChain('correlation-1', 'actor-1');
      await service.app
        .get(MessageContext)
        .run(message, () => store.appendToStream(stream, 'any', [noted('a')]));
      const [event] = await store.readStream(stream);
      expect(event!.metadata).toEqual({
        correlationId: 'correlation-1',
        causationId: 'correlation-1',
        userId: 'actor-1',
        schemaVersion: 1,
      });
    });

    it.each([
      ['no events', 0, []],
      ['a negative version', -1, [noted('a')]],
      ['a broken version', 1.5, [noted('a')]],
    ])('refuses %s before it asks the database', async (_, expected, events) => {
      await expect(async () => store.appendToStream(stream, expected, events)).rejects.toThrow(
        InvalidAppendError,
      );
    });

    it('refuses no streams, and nothing of what is sent meanwhile', async () => {
      const others = Array.from({ length: 5 }, () => store.appendToStream(randomUUID(), 0, [noted('a')]));
      await expect(store.appendToStreams([])).rejects.toThrow(InvalidAppendError);
      await expect(Promise.all(others)).resolves.toHaveLength(5);
    });

    it.each([
      ['U+0000', 'a\0b'],
      ['half a surrogate pair', 'a\ud800'],
    ])('refuses %s with a clear error, and stores nothing', async (_, text) => {
      const head = await store.head();
      await expect(store.appendToStream(stream, 'any', [noted('fine'), noted(text)])).rejects.toThrow(
        InvalidAppendError,
      );
      expect(await store.head()).toBe(head);
    });
  });

  describe('an event id', () => {
    it('is taken once: a repeat appends nothing and tells the first place', async () => {
      const [first, second] = [randomUUID(), randomUUID()];
      const events = [noted('a', first), noted('b', second)];
      const original = await store.appendToStream(stream, 'no-stream', events);
      await store.appendToStream(stream, 'any', [noted('c')]);
      expect(await store.appendToStream(stream, 'no-stream', events)).toEqual({
        ...original,
        verdict: 'duplicate',
      });
      expect(await textsOf(stream)).toEqual(['a', 'b', 'c']);
    });

    it('that only a part of the append repeats is an error that names it', async () => {
      const known = randomUUID();
      await store.appendToStream(stream, 'any', [noted('a', known)]);
      const half = store.appendToStream(stream, 'any', [noted('new'), noted('a', known)]);
      await expect(half).rejects.toThrow(PartialDuplicateError);
      await expect(half).rejects.toMatchObject({ eventIds: [known] });
      expect(await textsOf(stream)).toEqual(['a']);
    });
  });

  describe('several streams at once', () => {
    it('are appended together', async () => {
      const other = `${stream}-other`;
      const result = await store.appendToStreams([
        { streamId: other, expectedVersion: 'no-stream', events: [noted('1')] },
        { streamId: stream, expectedVersion: 'no-stream', events: [noted('2')] },
      ]);
      expect((await store.readStream(other))[0]!.position).toBe(result.position - 1);
    });

    it('or not at all, and the error names the one that was not as expected', async () => {
      const taken = `${stream}-taken`;
      await store.appendToStream(taken, 'any', [noted('there')]);
      const both = store.appendToStreams([
        { streamId: stream, expectedVersion: 'no-stream', events: [noted('1')] },
        { streamId: taken, expectedVersion: 'no-stream', events: [noted('2')] },
      ]);
      await expect(both).rejects.toMatchObject({ streamId: taken, actualVersion: 1 });
      expect(await store.readStream(stream)).toEqual([]);
    });
  });

  describe("in the caller's own transaction", () => {
    it('commits with its rows, and rolls back with them without leaving a gap', async () => {
      await dataSource.query('create table if not exists host_rows (id text)');
      const append = (manager: DataSource['manager'], text: string) =>
        store.appendToStream(stream, 'any', [noted(text)], { manager });
      const rolledBack = dataSource.transaction(async (manager) => {
        await manager.query('insert into host_rows values ($1)', ['lost']);
        await append(manager, 'lost');
        throw new Error('changed my mind');
      });
      await expect(rolledBack).rejects.toThrow('changed my mind');
      await dataSource.transaction(async (manager) => {
        await manager.query('insert into host_rows values ($1)', ['kept']);
        await append(manager, 'kept');
      });
      expect(await textsOf(stream)).toEqual(['kept']);
      expect(await dataSource.query('select id from host_rows')).toEqual([{ id: 'kept' }]);
      await expectNoGap();
    });

    it('under a snapshot that cannot see the head is refused with the cure', async () => {
      const stale = dataSource.transaction('REPEATABLE READ', async (manager) => {
        await manager.query('select count(*) from eventfold.events');
        await store.appendToStream(`${stream}-meanwhile`, 'any', [noted('meanwhile')]);
        await store.appendToStream(stream, 'any', [noted('stale')], { manager });
      });
      await expect(stale).rejects.toThrow(/READ COMMITTED/);
    });
  });

  describe('reading', () => {
    it('pages a stream forwards and backwards', async () => {
      await store.appendToStream(
        stream,
        'any',
        ['a', 'b', 'c', 'd', 'e'].map((text) => noted(text)),
      );
      const versions = async (options: Parameters<EventStore['readStream']>[1]) =>
        (await store.readStream(stream, options)).map(({ version }) => version);
      expect(await versions({ fromVersion: 2, maxCount: 2 })).toEqual([2, 3]);
      expect(await versions({ direction: 'backwards', maxCount: 2 })).toEqual([5, 4]);
      expect(await versions({ direction: 'backwards', fromVersion: 2 })).toEqual([2, 1]);
      const iterated = [];
      for await (const event of store.iterateStream(stream, { fromVersion: 2, pageSize: 2 }))
        iterated.push(event.version);
      expect(iterated).toEqual([2, 3, 4, 5]);
    });

    it('walks the whole log in order, by type if asked', async () => {
      const head = await store.head();
      await store.appendToStream(stream, 'any', [noted('a'), { type: 'test.other', data: {} }, noted('b')]);
      const types = [];
      for await (const event of store.iterateAll({ fromPosition: head, pageSize: 1 })) types.push(event.type);
      expect(types).toEqual(['test.noted', 'test.other', 'test.noted']);
      expect(await store.readAll({ fromPosition: head, types: ['test.other'] })).toHaveLength(1);
    });

    it('is walked through to an end while others append', async () => {
      const head = store.head.bind(store);
      let looks = 0;
      const busy = Object.create(store, {
        head: {
          value: async () => {
            if (++looks > 100) throw new Error('The walk has no end.');
            await store.appendToStream(`test-${randomUUID()}`, 'any', [noted('a')]);
            return head();
          },
        },
      }) as EventStore;
      const found = [];
      for await (const event of busy.iterateAll({ types: ['test.never'] })) found.push(event);
      expect(found).toEqual([]);
    });
  });

  describe('the log', () => {
    it.each([
      'update eventfold.events set event_type = $$x$$',
      'delete from eventfold.events',
      'truncate eventfold.events',
    ])('refuses %s', async (statement) => {
      await store.appendToStream(stream, 'any', [noted('a')]);
      await expect(dataSource.query(statement)).rejects.toThrow(/append-only/);
    });

    it('shows a reader every position in order while appends race, some slow and some rolled back', async () => {
      const start = await store.head();
      const seen: number[] = [];
      const read = async () => {
        const events = await store.readAll({ fromPosition: seen.at(-1) ?? start });
        seen.push(...events.map(({ position }) => position));
      };
      const writers = { running: true };
      const reader = (async () => {
        while (writers.running) await read();
      })();
      await Promise.all(Array.from({ length: 60 }, (_, writer) => racingAppend(writer)));
      writers.running = false;
      await reader;
      await read();
      expect(seen).toEqual(
        Array.from({ length: (await store.head()) - start }, (_, index) => start + index + 1),
      );
      await expectNoGap();
    });
  });

  /** One of three appends is in a slow transaction, and every fifth of those is rolled back. */
  async function racingAppend(writer: number): Promise<void> {
    const append = (manager?: DataSource['manager']) =>
      store.appendToStream(`${stream}-${writer % 7}`, 'any', [noted(`${writer}`)], manager && { manager });
    if (writer % 3 !== 0) return void (await append());
    await dataSource
      .transaction(async (manager) => {
        await append(manager);
        await manager.query('select pg_sleep(0.01)');
        if (writer % 5 === 0) throw new Error('rolled back');
      })
      .catch((error: Error) => expect(error.message).toBe('rolled back'));
  }

  async function expectNoGap(): Promise<void> {
    const [row] = await service.database.query<{ count: string; max: string }>(
      'select count(*), max(global_position) from eventfold.events',
    );
    expect(row!.count).toBe(row!.max);
  }
});
