/**
 * The rows of a projection in a handler: the row of a key, several rows of an event, removed rows, and refused ones.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { EventsHandler } from '@nestjs/cqrs';
import { Column, type ColumnOptions, Entity, PrimaryColumn, type PrimaryColumnOptions } from 'typeorm';
import {
  CurrentTurn,
  DomainEvent,
  EventSourcingModule,
  EventStore,
  InjectRows,
  Projection,
  ProjectionOperations,
  type ProjectionOptions,
  type Recorded,
  Rows,
  touches,
  UnsupportedColumnError,
} from '../../src/event-sourcing/index.js';
import { givenReadModel, settle, startTestApplication } from '../../src/testing/index.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** Moves an amount from one account to another. An account without a rest is closed. */
class Moved extends DomainEvent<'rows.moved', { from: string; to: string; amount: number }> {
  static readonly type = 'rows.moved';
  readonly type = Moved.type;
}

@Entity('accounts', { schema: 'eventfold' })
class Account {
  @PrimaryColumn('text') name: string;
  @Column('integer') balance: number;
  @Column('text', { default: 'open' }) state?: string;
}

@Projection({
  name: 'accounts',
  revision: 1,
  key: () => 'all',
  rows: [touches(Account, ({ data }: Recorded<Moved>) => [{ name: data.from }, { name: data.to }])],
})
@EventsHandler(Moved)
class Accounts {
  constructor(@InjectRows(Account) private readonly accounts: Rows<Account>) {}

  handle({ data: { from, to, amount } }: Recorded<Moved>): void {
    this.add(from, -amount);
    this.add(to, amount);
  }

  private add(name: string, amount: number): void {
    const { balance, state } = this.accounts.find({ name }) ?? { balance: 0, state: undefined };
    if (balance + amount === 0) this.accounts.remove({ name });
    else this.accounts.put({ name, balance: balance + amount, ...(state !== undefined && { state }) });
  }
}

const moves = [
  new Moved({ from: 'bank', to: 'ada', amount: 5 }),
  new Moved({ from: 'ada', to: 'bo', amount: 5 }), // ada is closed
  new Moved({ from: 'bank', to: 'ada', amount: 3 }), // and there again
  new Moved({ from: 'ada', to: 'bo', amount: 3 }), // and closed
  new Moved({ from: 'bo', to: 'cy', amount: 8 }), // bo, too
];
const LEFT = [
  { name: 'bank', balance: -8, state: 'open' },
  { name: 'cy', balance: 8, state: 'open' },
];

let database: TestDatabase;
const open = new Set<INestApplicationContext>();

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.drop();
});

async function start(entity: Type<object>, handler: Type<object>): Promise<INestApplicationContext> {
  const app = await startTestApplication(database.url, {
    imports: [EventSourcingModule.forFeature({ rows: [entity], events: [Moved, Seen] })],
    providers: [handler],
    entities: [entity],
    eventSourcing: { turns: { retryDelayMs: 1, rebuildRest: 0 } },
  });
  open.add(app);
  return app;
}

async function withApplication<Result>(
  entity: Type<object>,
  handler: Type<object>,
  work: (app: INestApplicationContext) => Promise<Result>,
): Promise<Result> {
  const app = await start(entity, handler);
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

describe('an event about several rows of a table', () => {
  beforeAll(() =>
    database.query(
      `create table eventfold.accounts (name text primary key, balance integer not null, state text not null)`,
    ),
  );

  const rows = () => database.query('select name, balance, state from eventfold.accounts order by name');

  it('changes and removes them, turn by turn, all in one turn, in a rebuild and in memory', async () => {
    await withApplication(Account, Accounts, async (app) => {
      for (const move of moves) {
        await app.get(EventStore).appendToStream('moves', 'any', [move]);
        await settle(app);
      }
      expect(await rows()).toEqual(LEFT);
      const operations = app.get(ProjectionOperations);
      await operations.rebuild('accounts'); // one turn
      await eventually(async () => expect((await operations.get('accounts')).lastRebuild).not.toBeNull());
      expect((await operations.get('accounts')).lastRebuild!.tables).toMatchObject([
        { equal: 2, differing: 0, missing: 0, extra: 0 },
      ]);
      expect(await rows()).toEqual(LEFT);
    });
    givenReadModel(Accounts)
      .when(...moves)
      .then(LEFT);
  });

  it('wants a "key" that says what belongs together', async () => {
    const { rows: touched } = Reflect.getMetadata('eventfold:projection', Accounts) as ProjectionOptions;
    class Unkeyed extends Accounts {}
    Projection({ name: 'unkeyed', revision: 1, rows: touched, partitions: 2 })(Unkeyed);
    EventsHandler(Moved)(Unkeyed);
    await withApplication(Account, Unkeyed, async (app) => {
      await eventually(async () =>
        expect((await app.get(ProjectionOperations).get('unkeyed')).reason).toContain(
          'The event touches 2 rows of Account: say by "key" of @Projection what belongs together.',
        ),
      );
    });
  });
});

/** A thing of a table was seen. The key has one of several spellings. */
class Seen extends DomainEvent<'rows.seen', { table: string; key: unknown }> {
  static readonly type = 'rows.seen';
  readonly type = Seen.type;
}

/** The common part of the handlers of sightings. */
declare class SeeingBase {
  handle(event: Recorded<Seen>): unknown;
}

interface Sighting {
  key: unknown;
  times: number;
}

let tables = 0;

/** A table of its own, with its key in the spelling of the database and of the entity. */
async function sightings(stored: string, type: string, options: ColumnOptions = {}) {
  const name = `sightings_${++tables}`;
  await database.query(`create table eventfold.${name} (key ${stored} primary key, times integer)`);
  class Sightings implements Sighting {
    key: unknown;
    times: number;
  }
  PrimaryColumn(type as 'text', options as PrimaryColumnOptions)(Sightings.prototype, 'key');
  Column('integer')(Sightings.prototype, 'times');
  Entity(name, { schema: 'eventfold' })(Sightings);

  @Projection({
    name,
    revision: 1,
    key: () => 'all',
    rows: [
      touches(Sightings, ({ data }: Recorded<Seen>) => (data.table === name ? { key: data.key } : undefined)),
    ],
  })
  @EventsHandler(Seen)
  class Seeing {
    constructor(@InjectRows(Sightings) private readonly rows: Rows<Sightings>) {}
    handle({ data: { table, key } }: Recorded<Seen>): void {
      if (table !== name) return;
      this.rows.put({ key, times: (this.rows.find({ key })?.times ?? 0) + 1 });
    }
  }
  return { name, entity: Sightings, handler: Seeing };
}

describe('a row is the same when PostgreSQL says so', () => {
  it.each<[string, string, ColumnOptions, unknown[]]>([
    ['uuid', 'uuid', {}, ['3F2B8C1E-9D47-4D55-A7CB-2E2F1D9B6A10', '3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10']],
    ['timestamptz', 'timestamptz', {}, ['2026-07-01T12:00:00Z', '2026-07-01T14:00:00+02:00']],
    ['date', 'date', {}, ['2026-07-01', '2026-07-01']],
    ['numeric', 'numeric', {}, ['1.50', 1.5]],
    ['char(5)', 'char', { length: 5 }, ['ab', 'ab   ']],
    ['bigint', 'bigint', {}, ['5', 5]],
  ])('with a key of type %s', async (stored, type, options, spellings) => {
    const { name, entity, handler } = await sightings(stored, type, options);
    const [first, second] = spellings.map((key) => new Seen({ table: name, key })) as [Seen, Seen];
    await withApplication(entity, handler, async (app) => {
      const store = app.get(EventStore);
      await app.get(ProjectionOperations).pause(name);
      await store.appendToStream('seen', 'any', [first, second]); // in one turn
      await app.get(ProjectionOperations).resume(name);
      await settle(app);
      for (const event of [second, first]) {
        await store.appendToStream('seen', 'any', [new Seen(event.data)]);
        await settle(app);
      }
      const rows = () => database.query<object>(`select key::text, times from eventfold.${name}`);
      const folded = await rows();
      expect(folded).toMatchObject([{ times: 4 }]);
      const operations = app.get(ProjectionOperations);
      await operations.rebuild(name); // in one turn
      await eventually(async () => expect((await operations.get(name)).lastRebuild).not.toBeNull());
      expect(await rows()).toEqual(folded);
    });
    givenReadModel(handler)
      .when(first, second)
      .then([{ key: spellings[1], times: 2 }]);
  });
});

describe('a key that the table compares otherwise than the entity says is refused at the start', () => {
  it.each<[string, string, string[], string]>([
    ['citext', 'text', ['create extension citext'], 'is a key of type "citext" in the table'],
    ['text', 'uuid', [], 'is a key of type "text" in the table'],
    [
      'text collate "eventfold"."any_case"',
      'text',
      [
        `create collation eventfold.any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
      ],
      'is a key whose collation in the table',
    ],
    ['integer generated always as identity', 'integer', [], 'is computed by the table'],
  ])('%s for %s', async (stored, type, before, sentence) => {
    for (const sql of before) await database.query(sql);
    const { entity, handler } = await sightings(stored, type);
    const refused = await start(entity, handler).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(UnsupportedColumnError);
    expect((refused as Error).message).toContain(`Sightings.key ${sentence}`);
  });
});

describe('what a handler answers is waited for', () => {
  /** A query that is sent when `then` is called, like those of query builders. */
  const query = (work: () => Promise<unknown>) => ({
    // oxlint-disable-next-line unicorn/no-thenable -- this is what is tested
    then: ((done, failed) => work().then(done, failed)) as PromiseLike<unknown>['then'],
  });

  it('when it has a "then" without being a promise, and its failure is that of the event', async () => {
    const { name, entity, handler } = await sightings('text', 'text');
    class Querying extends (handler as Type<SeeingBase>) {
      constructor(
        @InjectRows(entity) rows: Rows<object>,
        private readonly turn: CurrentTurn,
      ) {
        super(rows);
      }
      override handle(event: Recorded<Seen>): unknown {
        super.handle(event);
        return query(async () => {
          await this.turn.manager.query(`select pg_sleep(0.05)`);
          if (event.data.key === 'bad') throw new Error('The query went wrong.');
        });
      }
    }
    const options = Reflect.getMetadata('eventfold:projection', handler) as ProjectionOptions;
    Projection({ ...options, key: ({ data }: Recorded<Seen>) => String(data.key) })(Querying);
    EventsHandler(Seen)(Querying);
    await withApplication(entity, Querying, async (app) => {
      await app
        .get(EventStore)
        .appendToStream('seen', 'any', [
          new Seen({ table: name, key: 'good' }),
          new Seen({ table: name, key: 'bad' }),
        ]);
      const operations = app.get(ProjectionOperations);
      await eventually(async () =>
        expect(await operations.parked(name)).toMatchObject([{ key: 'bad', error: 'The query went wrong.' }]),
      );
      expect(await database.query(`select key from eventfold.${name}`)).toEqual([{ key: 'good' }]);
    });
  });

  it('in a test of a projection in memory, too', async () => {
    class Failing {
      handle(_event: Recorded<Moved>): PromiseLike<unknown> {
        return query(() => Promise.reject(new Error('The query went wrong.')));
      }
    }
    Projection(Reflect.getMetadata('eventfold:projection', Accounts) as ProjectionOptions)(Failing);
    EventsHandler(Moved)(Failing);
    await expect(givenReadModel(Failing).when(moves[0]!).then([])).rejects.toThrow(
      'Failing failed at event 1, rows.moved: The query went wrong.',
    );
  });
});
