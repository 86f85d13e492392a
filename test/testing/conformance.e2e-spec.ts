import { describe, expect, it } from '@jest/globals';
import type { Type } from '@nestjs/common';
import { EventsHandler } from '@nestjs/cqrs';
import { randomUUID } from 'node:crypto';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrationsFor } from '../../migrations/index.js';
import { ContentPopularityModule } from '../../src/content-popularity/index.js';
import {
  CurrentTurn,
  EventSourcingModule,
  EventStore,
  InjectRows,
  Projection,
  type ProjectionOptions,
  type Recorded,
  Rows,
  touches,
} from '../../src/event-sourcing/index.js';
import { UserProfileModule } from '../../src/user-profile/index.js';
import {
  assertConforms,
  conformance,
  type ConformanceReport,
  type HistoricEvent,
  startTestApplication,
} from '../../src/testing/index.js';
import {
  USER_EVENTS,
  UserDeactivated,
  UserErased,
  UserPreferencesUpdated,
  UserReactivated,
  UserRegistered,
  UserSubscribed,
} from '../../src/users/user.events.js';
import {
  ContentCatalogued,
  ContentRated,
  ContentWatched,
  contentStream,
} from '../../src/viewing/viewing.events.js';
import { Tally, Ticked } from '../support/hosts/tally-host.js';

class Tallies1800000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `create table eventfold.tallies (name text primary key, count integer not null, last_position integer not null)`,
    );
  }
  async down(): Promise<void> {}
}

const byTally = touches(Tally, ({ data }: Recorded<Ticked>) => ({ name: data.tally }));
const OPTIONS: ProjectionOptions = { name: 'tally', revision: 1, rows: [byTally] };
const ticks = (...tallies: string[]): HistoricEvent[] =>
  tallies.map((tally) => ({ streamId: `tally-${tally}`, event: new Ticked({ tally }) }));
const HISTORY = ticks('a', 'a', 'b', 'a', 'b', 'c', 'a', 'b');

/** A handler of its own for each test, with the common parts. */
abstract class Tallying {
  @InjectRows(Tally) protected readonly tallies: Rows<Tally>;

  protected find(name: string): Tally {
    return this.tallies.find({ name }) ?? { name, count: 0, lastPosition: 0 };
  }

  abstract handle(event: Recorded<Ticked>): unknown;
}

function check(
  handler: Type<Tallying>,
  options: Partial<ProjectionOptions> = {},
  events: readonly HistoricEvent[] = HISTORY,
): Promise<ConformanceReport> {
  Projection({ ...OPTIONS, ...options })(handler);
  EventsHandler(Ticked)(handler);
  return conformance({
    app: (url) =>
      startTestApplication(url, {
        imports: [EventSourcingModule.forFeature({ rows: [Tally] })],
        providers: [handler],
        eventSourcing: { turns: { retryDelayMs: 1 } },
      }),
    migrations: [...migrationsFor(), Tallies1800000000000],
    events,
  });
}

describe('a handler that is as it should be', () => {
  class Counts extends Tallying {
    handle({ data, position }: Recorded<Ticked>): void {
      const row = this.find(data.tally);
      this.tallies.put(Object.assign(row, { count: row.count + 1, lastPosition: position }));
    }
  }

  it.each<[string, Partial<ProjectionOptions>]>([
    ['in one part', {}],
    ['in partitions of its own', { partitions: 2, key: 'tally' }],
  ])('passes all checks %s, and the report names them', async (_how, options) => {
    const report = await check(Counts, options);
    assertConforms(report);
    expect(report).toEqual({
      conforms: true,
      projections: ['tally'],
      passed: [
        'Folded once',
        'Each row belongs to one key',
        'Folded again, from empty tables',
        'By turns of 1',
        'By turns of 2',
        'By turns of 3',
        'By turns of 7',
        'Cut off between fold and commit',
        'By two instances in turn',
        'By two instances at once, on 3 partitions',
        'Rebuilt beside the living rows',
      ],
      unseen: [],
    });
  });
});

describe('the kit finds a handler', () => {
  it.each([
    ['a random number', () => Math.floor(Math.random() * 1e9)],
    ['the clock', () => Date.now() % 1e9],
    ['a new id', () => Number.parseInt(randomUUID().slice(0, 7), 16)],
  ])('that is not deterministic, by %s', async (_what, outside) => {
    class Guesses extends Tallying {
      handle({ data }: Recorded<Ticked>): void {
        const row = this.find(data.tally);
        this.tallies.put(Object.assign(row, { lastPosition: outside() }));
      }
    }
    const report = await check(Guesses);
    expect(report.passed).toEqual(['Folded once', 'Each row belongs to one key']);
    expect(report.difference).toMatchObject({
      check: 'Folded again, from empty tables',
      projection: 'tally',
      table: 'eventfold.tallies',
      key: 'a',
      column: 'last_position',
      likelyCause: 'not-deterministic',
    });
  });

  it('that guesses, where two guesses were alike', async () => {
    let guesses = 0;
    class Guesses extends Tallying {
      handle({ data }: Recorded<Ticked>): void {
        const row = this.find(data.tally);
        // Like a coin that falls on one side 20 times.
        this.tallies.put(Object.assign(row, { lastPosition: guesses++ < 20 ? 0 : guesses }));
      }
    }
    expect((await check(Guesses)).difference).toMatchObject({
      check: 'By turns of 1',
      likelyCause: 'not-deterministic',
    });
  });

  it('that keeps a counter in memory', async () => {
    class Remembers extends Tallying {
      private count = 0;
      handle({ data, position }: Recorded<Ticked>): void {
        this.tallies.put({ name: data.tally, count: ++this.count, lastPosition: position });
      }
    }
    const report = await check(Remembers);
    expect(report.difference).toMatchObject({
      check: 'Cut off between fold and commit',
      table: 'eventfold.tallies',
      key: 'a',
      column: 'count',
      expected: 7,
      likelyCause: 'state-in-memory',
    });
    expect(() => assertConforms(report)).toThrow(
      /^"tally" does not conform\. Cut off between fold and commit: row a of eventfold\.tallies is another one, in column count\.\n {2}folded once: 7\n {2}now: +\d+\nThe handler keeps something in its instance/,
    );
  });

  it('that keeps its rows in memory', async () => {
    class Caches extends Tallying {
      private readonly cache = new Map<string, Tally>();
      handle({ data, position }: Recorded<Ticked>): void {
        const row = this.cache.get(data.tally) ?? this.find(data.tally);
        this.cache.set(data.tally, row);
        this.tallies.put(Object.assign(row, { count: row.count + 1, lastPosition: position }));
      }
    }
    expect((await check(Caches)).difference).toMatchObject({
      check: 'Cut off between fold and commit',
      likelyCause: 'state-in-memory',
    });
  });

  it('that puts a row which it does not declare for the event', async () => {
    class Strays extends Tallying {
      handle({ data, position }: Recorded<Ticked>): void {
        this.tallies.put({ name: `${data.tally}-total`, count: 1, lastPosition: position });
      }
    }
    const report = await check(Strays);
    expect(report.passed).toEqual([]);
    expect(report.difference).toMatchObject({
      check: 'Folded once',
      what: expect.stringMatching(/^event 1 \(tally\.ticked\) failed: Row a-total of Tally was not fetched/),
      likelyCause: 'wrong-key',
    });
  });

  it('that does so where another event of a larger turn happens to declare it', async () => {
    class Strays extends Tallying {
      handle({ data, position }: Recorded<Ticked>): void {
        this.tallies.put({ name: data.tally === 'a' ? 'b' : data.tally, count: 1, lastPosition: position });
      }
    }
    expect((await check(Strays)).difference).toMatchObject({
      check: 'By turns of 1',
      likelyCause: 'wrong-key',
    });
  });

  it('whose rows belong to more than one key', async () => {
    class Counts extends Tallying {
      handle({ data, position }: Recorded<Ticked>): void {
        const row = this.find(data.tally);
        this.tallies.put(Object.assign(row, { count: row.count + 1, lastPosition: position }));
      }
    }
    const events = [...ticks('a', 'b'), { streamId: 'tally-other', event: new Ticked({ tally: 'a' }) }];
    const report = await check(Counts, { key: ({ streamId }) => streamId }, events);
    expect(report.difference).toMatchObject({
      check: 'Each row belongs to one key',
      table: 'eventfold.tallies',
      key: 'a',
      what:
        'row a of eventfold.tallies is touched by event 1 (tally.ticked, key "tally-a") and by event 3 ' +
        '(tally.ticked, key "tally-other")',
      likelyCause: 'wrong-key',
    });
  });

  it('that changes a row without putting it back', async () => {
    class Forgets extends Tallying {
      handle({ data, position }: Recorded<Ticked>): void {
        const row = this.tallies.find({ name: data.tally });
        if (row === undefined) this.tallies.put({ name: data.tally, count: 1, lastPosition: position });
        else row.count++;
      }
    }
    expect((await check(Forgets)).difference).toMatchObject({
      check: 'By turns of 1',
      key: 'a',
      column: 'count',
      expected: 4,
      actual: 1,
      likelyCause: 'depends-on-turns',
    });
  });

  it('that writes beside a rebuild', async () => {
    class Writes extends Tallying {
      constructor(private readonly turn: CurrentTurn) {
        super();
      }
      async handle({ data, position }: Recorded<Ticked>): Promise<void> {
        await this.turn.manager.query(
          `insert into eventfold.tallies values ($1, 1, $2)
           on conflict (name) do update set count = tallies.count + 1, last_position = $2`,
          [data.tally, position],
        );
      }
    }
    Reflect.defineMetadata('design:paramtypes', [CurrentTurn], Writes);
    expect((await check(Writes)).difference).toMatchObject({
      check: 'Rebuilt beside the living rows',
      likelyCause: 'rebuild-only',
    });
  });

  it('that throws', async () => {
    class Fails extends Tallying {
      handle({ data }: Recorded<Ticked>): void {
        if (data.tally === 'b') throw new Error('Not this one.');
      }
    }
    expect((await check(Fails)).difference).toMatchObject({
      check: 'Folded once',
      what: 'event 3 (tally.ticked) failed: Not this one.',
      likelyCause: 'handler-fails',
    });
  });
});

describe('the projections of the service', () => {
  const ada = '3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10';
  const bo = '8a1f0c52-6f0e-4b52-9f53-0c8e2f3b7d11';
  const user = (userId: string, event: InstanceType<(typeof USER_EVENTS)[number]>) => ({
    streamId: `user-${userId}`,
    event,
  });
  const content = (event: ContentCatalogued | ContentWatched | ContentRated) => ({
    streamId: contentStream(event.data.contentId),
    event,
  });
  const register = (userId: string, name: string) =>
    user(
      userId,
      new UserRegistered({ userId, email: `${name}@example.org`, name, initialPreferences: ['drama'] }),
    );
  const watched = (userId: string, contentId: string, completionPercentage: number, occurredAt?: string) =>
    content(
      new ContentWatched({
        userId,
        contentId,
        watchDurationSeconds: completionPercentage * 61.7,
        completionPercentage,
        genre: contentId === 'emma' ? 'romance' : 'noir',
        ...(occurredAt !== undefined && { occurredAt }),
      }),
    );
  const rated = (userId: string, contentId: string, rating: number, occurredAt?: string) =>
    content(new ContentRated({ userId, contentId, rating, ...(occurredAt !== undefined && { occurredAt }) }));
  const events = [
    watched(ada, 'emma', 10),
    register(ada, 'ada'),
    content(new ContentCatalogued({ contentId: 'emma', title: 'Emma', genre: 'comedy' })),
    watched(ada, 'emma', 90.5, '2026-01-02T10:00:00.000Z'),
    register(bo, 'bo'),
    rated(ada, 'emma', 4, '2026-01-03T10:00:00.000Z'),
    rated(ada, 'emma', 2, '2026-01-02T10:00:00.000Z'),
    user(ada, new UserSubscribed({ userId: ada, plan: 'premium', paymentMethod: 'token' })),
    watched(bo, 'emma', 33.3),
    watched(bo, 'laura', 100, '2025-12-31T23:59:59.000Z'),
    user(ada, new UserPreferencesUpdated({ userId: ada, oldPreferences: ['drama'], newPreferences: [] })),
    rated(bo, 'laura', 5),
    user(bo, new UserDeactivated({ userId: bo })),
    watched(ada, 'laura', 0),
    user(bo, new UserReactivated({ userId: bo })),
    rated(bo, 'laura', 1),
    user(bo, new UserErased({ userId: bo })),
  ];

  it('conform', async () => {
    const report = await conformance({
      app: (url) =>
        startTestApplication(url, {
          imports: [
            UserProfileModule.forRoot({ controllers: false }),
            ContentPopularityModule.forRoot({ controllers: false }),
          ],
        }),
      events,
    });
    assertConforms(report);
    expect(report.projections.toSorted()).toEqual(['content-popularity', 'user-profile']);
    expect(report.unseen).toEqual([]);
    expect(report.passed).toHaveLength(11);
  });
});

describe('a history', () => {
  const counts = (events: Parameters<typeof conformance>[0]['events']) =>
    conformance({
      app: (url) =>
        startTestApplication(url, { imports: [UserProfileModule.forRoot({ controllers: false })] }),
      events,
    });

  it('without an event for a projection is refused', async () => {
    await expect(counts(ticks('a'))).rejects.toThrow('The history has no event that a projection handles.');
  });

  it('that leaves event types out says so', async () => {
    const userId = randomUUID();
    const event = new UserRegistered({ userId, email: 'a@example.org', name: 'a', initialPreferences: [] });
    const report = await counts((app) =>
      app.get(EventStore).appendToStream(`user-${userId}`, 'any', [event]),
    );
    expect(report.conforms).toBe(true);
    expect(report.unseen).toEqual([
      'content.rated',
      'content.watched',
      'user.deactivated',
      'user.erased',
      'user.preferences_updated',
      'user.reactivated',
      'user.subscribed',
    ]);
  });
});
