/** The readers of a log with large events. None has all of them in memory at once. */
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { Connection } from 'pg';
import { DataSource } from 'typeorm';
import {
  AggregateRoot,
  DomainEvent,
  type EventSourcedRepository,
  EventSourcingModule,
  EventStore,
  type Evolve,
  getAggregatesToken,
  LogVerifier,
  Rehearsal,
  StreamStates,
} from '../../src/event-sourcing/index.js';
import { READ_BYTES } from '../../src/event-sourcing/for-service.js';
import { startTestApplication } from '../../src/testing/index.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const EVENTS = 40;
const EVENT_BYTES = 400_000;

class Written extends DomainEvent<'paper.written', { text: string }> {
  static readonly type = 'paper.written';
  readonly type = Written.type;
}

abstract class Writing extends AggregateRoot<{ pages: number }, Written> {
  static readonly events = [Written];
  protected readonly initialState = { pages: 0 };
  protected readonly evolve: Evolve<{ pages: number }, Written> = {
    'paper.written': ({ pages }) => ({ pages: pages + 1 }),
  };
}

class Paper extends Writing {
  static readonly stream = 'paper';
}

class KeptPaper extends Writing {
  static readonly stream = 'kept';
  static readonly snapshotRevision = 1;
}

describe('a reader of large events', () => {
  let database: TestDatabase;
  let app: INestApplicationContext;
  let store: EventStore;

  beforeAll(async () => {
    database = await createTestDatabase();
    app = await startTestApplication(database.url, {
      imports: [EventSourcingModule.forFeature({ aggregates: [Paper, KeptPaper] })],
      eventSourcing: { cache: false },
    });
    store = app.get(EventStore);
    const written = () => new Written({ text: randomBytes(EVENT_BYTES / 2).toString('hex') });
    for (const streamId of ['paper-1', 'kept-1'])
      await store.appendToStream(streamId, 'no-stream', Array.from({ length: EVENTS }, written));
  });
  afterEach(() => void jest.restoreAllMocks());
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  /** Tells the most bytes of rows that one answer of PostgreSQL has brought from now on. */
  function watchAnswers(): () => number {
    let largest = 0;
    const brought = new WeakMap<Connection, number>();
    jest.spyOn(Connection.prototype, 'emit').mockImplementation(function (this: Connection, name, ...rest) {
      if (name === 'dataRow') {
        const bytes = (brought.get(this) ?? 0) + (rest[0] as { length: number }).length;
        brought.set(this, bytes);
        largest = Math.max(largest, bytes);
      } else if (name === 'commandComplete') brought.delete(this);
      return EventEmitter.prototype.emit.call(this, name, ...rest);
    });
    return () => largest;
  }

  const count = async (events: AsyncIterable<unknown>) => {
    let counted = 0;
    for await (const _ of events) counted++;
    return counted;
  };
  const repository = <Kind extends Writing>(kind: Type<Kind>) =>
    app.get<EventSourcedRepository<Kind>>(getAggregatesToken(kind as never), { strict: false });
  const inTransaction = (kind: Type<Writing>) =>
    app.get(DataSource).transaction((manager) => repository(kind).find('1', manager));
  const states = async () => {
    let read = 0;
    for (let fromVersion: number | undefined = 1; fromVersion !== undefined;) {
      const { items, next } = await app.get(StreamStates).read('paper-1', { fromVersion, limit: 1_000 });
      read += items.length;
      fromVersion = next;
    }
    return read;
  };

  it.each<[string, number, () => Promise<unknown>]>([
    ['a walk through the log', 2 * EVENTS, () => count(store.iterateAll({ pageSize: 1_000 }))],
    ['a walk by types', 2 * EVENTS, () => count(store.iterateAll({ types: [Written.type] }))],
    ['a walk through a stream', EVENTS, () => count(store.iterateStream('paper-1'))],
    ['a load', EVENTS, async () => (await repository(Paper).find('1'))?.version],
    ['a load with snapshots', EVENTS, async () => (await repository(KeptPaper).find('1'))?.version],
    ['a load in a transaction', EVENTS, async () => (await inTransaction(Paper))?.version],
    ['a load of a past state', 30, async () => (await repository(Paper).findAtVersion('1', 30))?.version],
    ['the states of a stream', EVENTS, states],
    [
      'a verification',
      2 * EVENTS,
      async () => {
        const { signal } = new AbortController();
        return (await app.get(LogVerifier).verify({ signal, onPage: () => undefined })).events;
      },
    ],
    ['a whole rehearsal', 2 * EVENTS, async () => (await app.get(Rehearsal).run({ whole: true })).read],
    ['a rehearsal of a sample', 79, async () => (await app.get(Rehearsal).run({ sample: 79 })).read],
  ])('has a few megabytes at once: %s', async (_reader, events, read) => {
    const largest = watchAnswers();
    expect(await read()).toBe(events);
    expect(largest()).toBeGreaterThan(EVENT_BYTES);
    expect(largest()).toBeLessThan(READ_BYTES + 2 * EVENT_BYTES);
  });
});
