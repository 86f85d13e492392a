/** Several event stores in one process: two schemas of one data source, and another data source. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type DynamicModule,
  type INestApplicationContext,
  Inject,
  Injectable,
  Logger,
  Module,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus, EventsHandler, QueryBus } from '@nestjs/cqrs';
import { getRepositoryToken, InjectRepository } from '@nestjs/typeorm';
import { randomUUID } from 'node:crypto';
import { Column, Entity, PrimaryColumn, Repository } from 'typeorm';
import { migrationsFor, MODULES_WITH_TABLES } from '../../migrations/index.js';
import { IdempotencyKeys, startOfChain } from '../../src/event-sourcing/for-service.js';
import {
  AggregateNotFoundError,
  AggregateRoot,
  DomainEvent,
  EventSourcedRepository,
  type EventSourcingAsyncOptions,
  EventSourcingModule,
  type EventSourcingOptions,
  type EventSourcingOptionsFactory,
  EventStore,
  type Evolve,
  getEventStoreToken,
  InjectAggregates,
  InjectEventStore,
  InjectRows,
  MessageContext,
  Projection,
  ProjectionProgress,
  Reaction,
  type Recorded,
  Rows,
  touches,
} from '../../src/event-sourcing/index.js';
import { GetUserProfile } from '../../src/user-profile/queries/get-user-profile.query.js';
import { UserProfile } from '../../src/user-profile/user-profile.entity.js';
import { UserProfileModule } from '../../src/user-profile/user-profile.module.js';
import { RegisterUser } from '../../src/users/commands/register-user.command.js';
import { UsersModule } from '../../src/users/users.module.js';
import { createEmptyDatabase, type TestDatabase } from '../support/test-database.js';
import { hostDataSource, hostModule } from '../support/hosts/web-host.js';

class Stored extends DomainEvent<'parcel.stored', { shelf: string }> {
  static readonly type = 'parcel.stored';
  readonly type = Stored.type;
}

class Parcel extends AggregateRoot<{ shelf: string }, Stored> {
  static readonly stream = 'parcel';
  static readonly events = [Stored];
  protected readonly initialState = { shelf: '' };
  protected readonly evolve: Evolve<{ shelf: string }, Stored> = {
    'parcel.stored': (_, { data }) => ({ shelf: data.shelf }),
  };

  store(shelf: string): this {
    this.raise(new Stored({ shelf }));
    return this;
  }
}

@Entity('shelves')
class Shelf {
  @PrimaryColumn('text') name: string;
  @Column('integer') parcels: number;
}

/** A read model for either store: it names none. */
@Projection({
  name: 'shelves',
  revision: 1,
  rows: [touches(Shelf, (event: Recorded<Stored>) => ({ name: event.data.shelf }))],
})
@EventsHandler(Stored)
class ShelvesProjection {
  constructor(@InjectRows(Shelf) private readonly shelves: Rows<Shelf>) {}

  handle({ data: { shelf: name } }: Recorded<Stored>): void {
    this.shelves.put({ name, parcels: (this.shelves.find({ name })?.parcels ?? 0) + 1 });
  }
}

/** The dependencies of a feature of the application, all of one store. */
@Injectable()
class Depot {
  @Inject() readonly store: EventStore;
  @Inject() readonly progress: ProjectionProgress;
  @Inject() readonly keys: IdempotencyKeys;
  @Inject() readonly context: MessageContext;

  constructor(
    @InjectAggregates(Parcel) readonly parcels: EventSourcedRepository<Parcel>,
    @InjectRepository(Shelf) readonly shelves: Repository<Shelf>,
  ) {}

  keep(id: string, shelf: string): Promise<Parcel> {
    return this.parcels.create(new Parcel(id).store(shelf));
  }

  async onShelf(name: string, readAfter: number): Promise<number | undefined> {
    await this.progress.waitFor('shelves', readAfter);
    return (await this.shelves.findOneBy({ name }))?.parcels;
  }
}

@Module({})
class NorthModule {}

@Module({})
class SouthModule {}

const depot = (module: typeof NorthModule, store?: string): DynamicModule => ({
  module,
  imports: [EventSourcingModule.forFeature({ store, aggregates: [Parcel], rows: [Shelf] })],
  providers: [Depot, ShelvesProjection],
});

const createShelves = (database: TestDatabase, schema: string) =>
  database.query(`create table ${schema}.shelves (name text primary key, parcels integer)`);

async function start(module: ReturnType<typeof hostModule>): Promise<INestApplicationContext> {
  Logger.overrideLogger(false);
  return NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
}

let one: TestDatabase;
let other: TestDatabase;
let app: INestApplicationContext | undefined;

const all = (schema: string) => migrationsFor({ schema, modules: MODULES_WITH_TABLES });
const both = () => hostDataSource(one, { migrations: [...all('eventfold'), ...all('south')] });
const elsewhere = () => hostDataSource(other, { name: 'elsewhere', migrations: all('eventfold') });

beforeAll(async () => {
  [one, other] = await Promise.all([createEmptyDatabase(), createEmptyDatabase()]);
  await (await start(hostModule([both(), elsewhere()], []))).close(); // migrates
  await Promise.all([
    createShelves(one, 'eventfold'),
    createShelves(one, 'south'),
    createShelves(other, 'eventfold'),
  ]);
});
afterEach(async () => {
  await app?.close();
  app = undefined;
});
afterAll(() => Promise.all([one.drop(), other.drop()]));

describe.each([
  ['two schemas of one data source', { schema: 'south' }, () => ({ database: one, schema: 'south' })],
  ['two data sources', { dataSource: 'elsewhere' }, () => ({ database: other, schema: 'eventfold' })],
])('two stores on %s', (_where, options, southern) => {
  /** A depot that works with the default store, and one that works with the other. */
  async function startDepots(): Promise<[Depot, Depot]> {
    const depots = [depot(NorthModule), depot(SouthModule, 'south')];
    const stores = [
      EventSourcingModule.forRoot(),
      EventSourcingModule.forRoot({ name: 'south', ...options }),
    ];
    app = await start(hostModule([both(), elsewhere()], [...stores, ...depots]));
    return depots.map((each) => app!.select(each).get(Depot, { strict: true })) as [Depot, Depot];
  }

  it('have logs, read models and checkpoints of their own', async () => {
    const [north, south] = await startDepots();
    const [id, shelf] = [randomUUID(), randomUUID()];
    const { position: northern } = await north.keep(id, shelf);
    await expect(south.parcels.find(id)).resolves.toBeUndefined();
    await south.keep(id, shelf);
    const { position } = await south.keep(randomUUID(), shelf);
    await expect(north.onShelf(shelf, northern)).resolves.toBe(1);
    await expect(south.onShelf(shelf, position)).resolves.toBe(2);
    const { database, schema } = southern();
    const [stored] = await database.query<{ count: string }>(
      `select count(*) from ${schema}.events where event_data ->> 'shelf' = $1`,
      [shelf],
    );
    expect(stored!.count).toBe('2');
  });

  it('are injected by name in any module, and without one are the default', async () => {
    @Injectable()
    class Both {
      constructor(
        @InjectEventStore() readonly north: EventStore,
        @InjectEventStore('south') readonly south: EventStore,
        readonly plain: EventStore,
      ) {}
    }
    const imports = [
      EventSourcingModule.forRoot(),
      EventSourcingModule.forRoot({ name: 'south', ...options }),
    ];
    app = await start(hostModule([both(), elsewhere()], imports, { providers: [Both] }));
    const stores = app.get(Both);
    expect(stores.north).toBe(stores.plain);
    expect(stores.south).not.toBe(stores.north);
    expect(app.get(getEventStoreToken('south'))).toBe(stores.south);
    const { position } = await stores.south.appendToStream(`parcel-${randomUUID()}`, 'any', [
      new Stored({ shelf: 'a' }),
    ]);
    expect(await stores.south.head()).toBe(position);
  });

  it('share the message of a request, and keep its idempotency key to one of them', async () => {
    const [north, south] = await startDepots();
    expect(north.context).toBe(south.context);
    const [key, id] = [randomUUID(), randomUUID()];
    const command = async () => {
      await south.keep(id, 'there');
      return { version: (await north.keep(id, 'here')).version };
    };
    const once = () =>
      north.context.run(startOfChain('request'), () =>
        north.keys.once({ key, fingerprint: 'same' }, command, ({ events }) => ({
          version: events[0]!.version,
        })),
      );
    await expect(once()).resolves.toEqual({ result: { version: 1 }, isRepeat: false });
    await expect(south.store.readStream(`parcel-${id}`)).resolves.toMatchObject([
      { metadata: { correlationId: 'request' } },
    ]);
    const { database, schema } = southern();
    await expect(
      database.query(`select key from ${schema}.idempotency_keys where key = $1`, [key]),
    ).resolves.toEqual([]);
    await expect(
      one.query(`select key from eventfold.idempotency_keys where key = $1`, [key]),
    ).resolves.toHaveLength(1);
  });
});

describe('the modules of the package', () => {
  it('work with a named store on a named data source alone', async () => {
    const store = 'accounts';
    app = await start(
      hostModule(
        [elsewhere()],
        [
          EventSourcingModule.forRoot({ name: store, dataSource: 'elsewhere' }),
          UsersModule.forRoot({ store, controllers: false }),
          UserProfileModule.forRoot({ store, controllers: false }),
        ],
      ),
    );
    const [userId, email] = [randomUUID(), `${randomUUID()}@example.org`];
    const { position } = await app.get(CommandBus).execute(new RegisterUser(userId, email, 'Ada', []));
    await expect(app.get(QueryBus).execute(new GetUserProfile(userId, position))).resolves.toMatchObject({
      email,
    });
    const rows = app.get<Repository<UserProfile>>(getRepositoryToken(UserProfile), { strict: false });
    await expect(rows.findOneBy({ userId })).resolves.toMatchObject({ email });
    await expect(
      other.query('select email from eventfold.user_profiles where user_id = $1', [userId]),
    ).resolves.toEqual([{ email }]);
  });

  it('work with their defaults when they are imported as they are', async () => {
    app = await start(hostModule([both()], [EventSourcingModule.forRoot(), UsersModule, UserProfileModule]));
    const [userId, email] = [randomUUID(), `${randomUUID()}@example.org`];
    const { position } = await app.get(CommandBus).execute(new RegisterUser(userId, email, 'Ada', []));
    await expect(app.get(QueryBus).execute(new GetUserProfile(userId, position))).resolves.toMatchObject({
      email,
    });
  });
});

describe('a repository of forFeature', () => {
  it('says which aggregate there is none of', async () => {
    app = await start(hostModule([both()], [EventSourcingModule.forRoot(), depot(NorthModule)]));
    const { parcels } = app.get(Depot);
    const failure = await parcels
      .update('lost', (parcel) => void parcel.store('a'))
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AggregateNotFoundError);
    expect(failure).toMatchObject({
      code: 'parcel.not-found',
      kind: 'not-found',
      message: 'There is no parcel lost.',
    });
  });
});

describe('options that come later', () => {
  @Injectable()
  class FromService implements EventSourcingOptionsFactory {
    createEventSourcingOptions(): EventSourcingOptions {
      return { schema: 'south' };
    }
  }
  @Injectable()
  class WithoutOptions {}
  @Module({ providers: [FromService, WithoutOptions], exports: [FromService, WithoutOptions] })
  class ConfigurationModule {}

  it.each([
    ['a factory', { useFactory: async () => ({ schema: 'south' }) }],
    [
      'a factory that takes something',
      {
        imports: [ConfigurationModule],
        inject: [FromService],
        useFactory: (service: FromService) => service.createEventSourcingOptions(),
      },
    ],
    ['a class', { useClass: FromService }],
    ['a provider', { imports: [ConfigurationModule], useExisting: FromService }],
  ])('are taken from %s', async (_what, options) => {
    app = await start(hostModule([both()], [EventSourcingModule.forRootAsync(options), depot(NorthModule)]));
    const id = randomUUID();
    await app.get(Depot).keep(id, 'a');
    const stored = await one.query('select from south.events where stream_id = $1', [`parcel-${id}`]);
    expect(stored).toHaveLength(1);
  });

  it.each<[EventSourcingAsyncOptions, string]>([
    [{ useClass: WithoutOptions as never }, 'useClass is [class WithoutOptions]: it must be a class with'],
    [
      { imports: [ConfigurationModule], useExisting: WithoutOptions as never },
      'useExisting is WithoutOptions {}: it must be the token of a provider with',
    ],
  ])('are refused when their source has no method for them', async (options, sentence) => {
    const starting = start(hostModule([both()], [EventSourcingModule.forRootAsync(options)]));
    await expect(starting).rejects.toThrow(
      `EventSourcingModule.forRootAsync: ${sentence} a method createEventSourcingOptions.`,
    );
  });
});

describe('what is missing is named', () => {
  it('a store that nobody configured', async () => {
    const starting = start(
      hostModule([both()], [EventSourcingModule.forRoot(), depot(NorthModule, 'billing')]),
    );
    await expect(starting).rejects.toThrow(
      `asks for the event store "billing", and there is none: import EventSourcingModule.forRoot({ name: 'billing' })`,
    );
  });

  it('the default store', async () => {
    const starting = start(hostModule([both()], [depot(NorthModule)]));
    await expect(starting).rejects.toThrow('import EventSourcingModule.forRoot() in the root module');
  });

  it('a data source', async () => {
    const starting = start(hostModule([both()], [EventSourcingModule.forRoot({ dataSource: 'nowhere' })]));
    await expect(starting).rejects.toThrow(
      `the data source "nowhere", and there is none: import TypeOrmModule.forRoot({ name: 'nowhere', ... })`,
    );
  });

  it('the store of a reaction whose module works with none', async () => {
    @Reaction({ name: 'labels' })
    @EventsHandler(Stored)
    class Labels {
      handle(): void {}
    }
    const imports = [EventSourcingModule.forRoot({ name: 'south', schema: 'south' })];
    const starting = start(hostModule([both()], imports, { providers: [Labels] }));
    await expect(starting).rejects.toThrow('"labels", MonolithModule, works with no event store');
  });
});
