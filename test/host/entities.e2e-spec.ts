/**
 * Hosts whose data source has options that the service lacks. The options hold for the hosts' own entities, and all of
 * Eventfold works as it does without them.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Abstract, type INestApplicationContext, Injectable, Module } from '@nestjs/common';
import { CommandBus, EventsHandler, QueryBus } from '@nestjs/cqrs';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaults, types } from 'pg';
import {
  Column,
  DataSource,
  DefaultNamingStrategy,
  Entity,
  type Logger as TypeOrmLogger,
  type NamingStrategyInterface,
  PrimaryColumn,
  type Repository,
} from 'typeorm';
import { ContentPopularity, ContentViewer } from '../../src/content-popularity/content-popularity.entity.js';
import { ContentPopularityModule } from '../../src/content-popularity/content-popularity.module.js';
import { GetContentPopularity } from '../../src/content-popularity/queries/get-content-popularity.query.js';
import { ListContentPopularity } from '../../src/content-popularity/queries/list-content-popularity.query.js';
import { Database, LogListener } from '../../src/event-sourcing/for-service.js';
import {
  DomainEvent,
  EventSourcingModule,
  EventStore,
  InjectRows,
  Projection,
  ProjectionProgress,
  type Recorded,
  Rows,
  touches,
} from '../../src/event-sourcing/index.js';
import { GetUserProfile } from '../../src/user-profile/queries/get-user-profile.query.js';
import { ListUserProfiles } from '../../src/user-profile/queries/list-user-profiles.query.js';
import { UserProfile } from '../../src/user-profile/user-profile.entity.js';
import { UserProfileModule } from '../../src/user-profile/user-profile.module.js';
import { RegisterUser } from '../../src/users/commands/register-user.command.js';
import { UsersModule } from '../../src/users/users.module.js';
import { RecordViewing } from '../../src/viewing/commands/record-viewing.command.js';
import { ContentWatched } from '../../src/viewing/viewing.events.js';
import { ViewingModule } from '../../src/viewing/viewing.module.js';
import { eventually } from '../support/eventually.js';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startUsualHost, usualConnection } from '../support/hosts/usual-host.js';

class Sold extends DomainEvent<'article.sold', { article: string; cents: number }> {
  static readonly type = 'article.sold';
  readonly type = Sold.type;
}

/** An entity of the host's data source, which makes its table. */
@Entity()
class ArticleTotal {
  @PrimaryColumn('text') articleName: string;
  @Column('bigint') totalCents: string;
}

/** An entity of the store. The host's data source does not know it. */
@Entity()
class SoldArticle {
  @PrimaryColumn('text') articleName: string;
  @Column('integer') timesSold: number;
}

const ofArticle = ({ data }: Recorded<Sold>) => ({ articleName: data.article });

@Projection({
  name: 'articles',
  revision: 1,
  rows: [touches(ArticleTotal, ofArticle), touches(SoldArticle, ofArticle)],
})
@EventsHandler(Sold)
class ArticlesProjection {
  constructor(
    @InjectRows(ArticleTotal) private readonly totals: Rows<ArticleTotal>,
    @InjectRows(SoldArticle) private readonly articles: Rows<SoldArticle>,
  ) {}

  handle({ data: { article: articleName, cents } }: Recorded<Sold>): void {
    const total = BigInt(this.totals.find({ articleName })?.totalCents ?? 0) + BigInt(cents);
    this.totals.put({ articleName, totalCents: String(total) });
    const timesSold = (this.articles.find({ articleName })?.timesSold ?? 0) + 1;
    this.articles.put({ articleName, timesSold });
  }
}

/** A query of the host. */
@Injectable()
class Articles {
  constructor(
    @InjectRepository(ArticleTotal) readonly totals: Repository<ArticleTotal>,
    @InjectRepository(SoldArticle) readonly sold: Repository<SoldArticle>,
  ) {}
}

@Module({
  imports: [EventSourcingModule.forFeature({ events: [Sold], rows: [SoldArticle, ArticleTotal] })],
  providers: [ArticlesProjection, Articles],
})
class ShopModule {}

const controllers = false;
const MODULES = [
  TypeOrmModule.forFeature([ArticleTotal]), // for autoLoadEntities
  ShopModule,
  UsersModule.forRoot({ controllers }),
  ViewingModule.forRoot({ controllers }),
  UserProfileModule.forRoot({ controllers }),
  ContentPopularityModule.forRoot({ controllers }),
];

let database: TestDatabase;
let host: INestApplicationContext | undefined;

beforeEach(async () => (database = await createTestDatabase()));
afterEach(async () => {
  await host?.close();
  host = undefined;
  await database.drop();
});

/** The user of the tests' server has the name of our schema, which PostgreSQL would then prefer. */
const IN_PUBLIC = { options: '-c search_path=public' };

interface Table {
  table: string;
  key: string;
  count: string;
}

/** The table of `SoldArticle` is made by a migration of the host. */
async function start(connection: object, { table, key, count }: Table = AS_TYPEORM_NAMES): Promise<void> {
  await database.query(
    `create table eventfold."${table}" ("${key}" text primary key, "${count}" integer not null)`,
  );
  const options = { extra: IN_PUBLIC, synchronize: true, ...connection };
  host = await startUsualHost(database, { connection: options, imports: MODULES });
}

const AS_TYPEORM_NAMES = { table: 'sold_article', key: 'articleName', count: 'timesSold' };

const part = <Part extends object>(token: Abstract<Part>): Part => host!.get(token, { strict: false });
const ask = (query: any): Promise<any> => part(QueryBus).execute(query);
const tell = (command: any): Promise<any> => part(CommandBus).execute(command);

async function sell(article: string, cents: number): Promise<number> {
  const { position } = await part(EventStore).appendToStream(`article-${article}`, 'any', [
    new Sold({ article, cents }),
  ]);
  await part(ProjectionProgress).waitFor('articles', position);
  return position;
}

/** Changes everything twice, and reads it in every possible way after each change. */
async function expectToWork(): Promise<void> {
  const [userId, contentId, article] = [randomUUID(), randomUUID(), randomUUID()];
  const email = `${userId}@example.org`;
  const registered = await tell(new RegisterUser(userId, email, 'Ada', ['drama']));
  await expect(ask(new GetUserProfile(userId, registered.position))).resolves.toMatchObject({ email });
  for (const views of [1, 2]) {
    const watched = { userId, contentId, watchDurationSeconds: 60, completionPercentage: 50 };
    const [verdict] = await tell(new RecordViewing([new ContentWatched(watched)]));
    const { position } = verdict;
    const ofUser = { userId, totalWatchTime: 60 * views };
    const ofContent = { contentId, totalViews: views };
    await expect(ask(new GetUserProfile(userId, position))).resolves.toMatchObject(ofUser);
    const { profiles } = await ask(
      new ListUserProfiles({ plan: 'free', isActive: true }, 1, undefined, position),
    );
    expect(profiles).toEqual([expect.objectContaining(ofUser)]);
    await expect(ask(new GetContentPopularity(contentId, position))).resolves.toMatchObject(ofContent);
    const { contents } = await ask(new ListContentPopularity('views', undefined, 1, undefined, position));
    expect(contents).toEqual([expect.objectContaining(ofContent)]);
    await sell(article, 250);
    const sold = { articleName: article, timesSold: views };
    const articles = part(Articles);
    expect(await articles.sold.findOneBy({ articleName: article })).toMatchObject(sold);
    const total = await articles.totals.findOneByOrFail({ articleName: article });
    expect(Number(total.totalCents)).toBe(250 * views);
  }
  await expect(part(EventStore).readStream(`article-${article}`)).resolves.toMatchObject([
    { version: 1, data: { article } },
    { version: 2 },
  ]);
}

/** Tables and their columns, as `schema.table: column, column`. */
async function columnsOf(schema: string): Promise<string[]> {
  const rows = await database.query<{ text: string }>(
    `select format('%s.%s: %s', table_schema, table_name, string_agg(column_name, ', ' order by ordinal_position)) as text
       from information_schema.columns where table_schema = $1 group by table_schema, table_name order by 1`,
    [schema],
  );
  return rows.map(({ text }) => text);
}

/** The entities that this file has, and those of Eventfold. */
const KNOWN = new Set<unknown>([ArticleTotal, SoldArticle, UserProfile, ContentPopularity, ContentViewer]);

/**
 * `columnsOf` without the tables of other test files: `@nestjs/typeorm` keeps the entities of all applications that a
 * process had, and those files may have run in it before.
 */
async function ownColumnsOf(schema: string): Promise<string[]> {
  const foreign = part(DataSource).entityMetadatas.filter(({ target }) => !KNOWN.has(target));
  const isForeign = (each: string) =>
    foreign.some(({ tableName }) => each.startsWith(`${schema}.${tableName}: `));
  return (await columnsOf(schema)).filter((each) => !isForeign(each));
}

const snakeCase = (name: string) => name.replaceAll(/(?<=[a-z])[A-Z]/g, '_$&').toLowerCase();

/** The strategy of the package `typeorm-naming-strategies`. */
class SnakeCaseStrategy extends DefaultNamingStrategy implements NamingStrategyInterface {
  override tableName(className: string, customName?: string): string {
    return customName ?? snakeCase(className);
  }
  override columnName(property: string, customName: string | undefined, prefixes: string[]): string {
    return snakeCase(prefixes.concat(customName ?? property).join('_'));
  }
}

/** It also changes names that the entity gives. */
class PrefixingStrategy extends DefaultNamingStrategy implements NamingStrategyInterface {
  override tableName(className: string, customName: string): string {
    return `app_${super.tableName(className, customName)}`;
  }
  override columnName(property: string, customName: string, prefixes: string[]): string {
    return `c_${super.columnName(property, customName, prefixes)}`;
  }
}

describe('a naming strategy of the host', () => {
  it('that writes snake case names its own tables, and leaves those of Eventfold as they are', async () => {
    const names = { table: 'sold_article', key: 'article_name', count: 'times_sold' };
    await start({ namingStrategy: new SnakeCaseStrategy() }, names);
    await expectToWork();
    expect(await ownColumnsOf('public')).toEqual(['public.article_total: article_name, total_cents']);
  });

  it('that prefixes names, also those that an entity says, names its own tables alone', async () => {
    const names = { table: 'app_sold_article', key: 'c_articleName', count: 'c_timesSold' };
    const before = await columnsOf('eventfold');
    await start({ namingStrategy: new PrefixingStrategy() }, names);
    await expectToWork();
    expect(await ownColumnsOf('public')).toEqual(['public.app_article_total: c_articleName, c_totalCents']);
    const ours = (await columnsOf('eventfold')).filter((each) => !each.includes('sold_article'));
    expect(ours).toEqual(before);
  });
});

describe('a host', () => {
  it('with a prefix and a schema of its own has both for its own tables', async () => {
    await database.query('create schema shop');
    await start({ entityPrefix: 'app_', schema: 'shop' });
    await expectToWork();
    expect(await ownColumnsOf('shop')).toEqual(['shop.app_article_total: articleName, totalCents']);
  });

  it('that lists an entity of Eventfold among its own is told where it belongs', async () => {
    const refused = start({ entities: [UserProfile] });
    await expect(refused).rejects.toMatchObject({
      code: 'invalid-options',
      message: expect.stringMatching(
        /^entities of the data source has UserProfile: it must not, since .*forFeature\(\{ rows: \[UserProfile\] \}\)/,
      ),
    });
  });
});

describe('reads of Eventfold, and of the repositories that it gives,', () => {
  it('go to the master: a replica that has not even the tables is never asked', async () => {
    const replica = await createEmptyDatabase();
    try {
      const [master, slave] = [usualConnection(database), usualConnection(replica)];
      await start({ replication: { master, slaves: [slave] } });
      await expectToWork();
      const plain = part(DataSource).getRepository(ArticleTotal);
      await expect(plain.find()).rejects.toThrow(/relation "article_total" does not exist/); // a replica gets the query
    } finally {
      await host?.close();
      host = undefined;
      await replica.drop();
    }
  });

  it('are not answered from a cache of results that answers all others', async () => {
    await start({ cache: { alwaysEnabled: true, duration: 600_000 } });
    await expectToWork();
    const plain = part(DataSource).getRepository(ArticleTotal);
    await sell('lamp', 1);
    expect(await plain.findOneBy({ articleName: 'lamp' })).toMatchObject({ totalCents: '1' });
    await sell('lamp', 1);
    expect(await plain.findOneBy({ articleName: 'lamp' })).toMatchObject({ totalCents: '1' }); // from the cache
    expect(await part(Articles).totals.findOneBy({ articleName: 'lamp' })).toMatchObject({
      totalCents: '2',
    });
  });
});

/** Type parsers that some applications have: 64 bits as BigInt, numeric as number, times and JSON as texts. */
function getTypeParser(oid: number, format: 'text'): (value: string) => unknown {
  const { INT8, NUMERIC, TIMESTAMPTZ, JSON, JSONB } = types.builtins;
  const own = new Map<number, (value: string) => unknown>([
    [INT8, BigInt],
    [NUMERIC, Number],
    [TIMESTAMPTZ, String],
    [JSON, String],
    [JSONB, String],
  ]);
  return own.get(oid) ?? types.getTypeParser(oid, format);
}

describe('with this in its data source, a host works', () => {
  afterEach(() => {
    defaults.parseInt8 = false; // the option belongs to the whole process
    delete process.env.PGTZ;
  });

  it.each([
    ['parseInt8', { parseInt8: true }],
    ['a search_path with tables of the same names', { extra: { options: '-c search_path=shadow,public' } }],
    ['isolationLevel', { isolationLevel: 'SERIALIZABLE' }],
    [
      'what changes finds and inserts',
      {
        typename: '__typename',
        relationLoadStrategy: 'query',
        entitySkipConstructor: true,
        isolateWhereStatements: true,
        invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' },
      },
    ],
    [
      'what changes sessions',
      {
        useUTC: true,
        uuidExtension: 'pgcrypto',
        applicationName: 'shop',
        extra: { ...IN_PUBLIC, max: 3, statement_timeout: 2_000, idle_in_transaction_session_timeout: 2_000 },
      },
    ],
    ['parsers of its own for numbers, times and JSON', { extra: { ...IN_PUBLIC, types: { getTypeParser } } }],
  ])('%s', async (_what, connection) => {
    await database.query(
      'create schema shadow; create table shadow.events (id integer); create table shadow.projections ()',
    );
    await start(connection);
    await expectToWork();
    const ofTurns = await part(Database).transaction((manager) =>
      manager.query('show transaction_isolation'),
    );
    expect(ofTurns).toEqual([{ transaction_isolation: 'read committed' }]);
  });
});

it('with "binary: true" in extra, a host is told to leave it out', async () => {
  await expect(start({ extra: { ...IN_PUBLIC, binary: true } })).rejects.toMatchObject({
    code: 'invalid-options',
    message: expect.stringMatching(/^extra\.binary of the data source is true: it must be false, since /),
  });
});

it('with "logging: true", a host that has nothing to do prints nothing of Eventfold', async () => {
  const lines: string[] = [];
  const nothing = () => undefined;
  const logger: TypeOrmLogger = {
    logQuery: (text) => void lines.push(text),
    logQueryError: nothing,
    logQuerySlow: nothing,
    logSchemaBuild: nothing,
    logMigration: nothing,
    log: nothing,
  };
  await start({ logging: true, logger });
  await eventually(() => expect(part(LogListener).state).toBe('proven'));
  await sleep(2_500); // the rest of the start, and the first check after it
  lines.length = 0;
  await sleep(3_000);
  expect(lines).toEqual([]);
  await part(DataSource).query('select 1 as own');
  expect(lines).toEqual(['select 1 as own']);
});
