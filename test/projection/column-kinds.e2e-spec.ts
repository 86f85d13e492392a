/**
 * Every column type that TypeORM knows for PostgreSQL, singly and as an array. Each goes through a read model, or is
 * refused at the start. The server has another time zone and other spellings than the default ones, and the process has
 * type parsers of its own in `pg`.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Type } from '@nestjs/common';
import { EventsHandler } from '@nestjs/cqrs';
import { types } from 'pg';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import {
  DomainEvent,
  EventSourcingModule,
  EventStore,
  InjectRows,
  Projection,
  ProjectionOperations,
  type Recorded,
  Rows,
  touches,
} from '../../src/event-sourcing/index.js';
import { givenReadModel, settle, startTestApplication } from '../../src/testing/index.js';
import { type ColumnSample, columnSamples } from '../support/log/column-samples.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** Puts a sample into a row, or puts what it finds in another row. */
class Put extends DomainEvent<'kinds.put', { key: string; sample: 0 | 1; from?: string }> {
  static readonly type = 'kinds.put';
  readonly type = Put.type;
}

interface SampleColumn {
  property: string;
  type: string;
  isArray: boolean;
  sample: ColumnSample;
}

const driver = new DataSource({ type: 'postgres' }).driver as PostgresDriver;
const OWN_TYPES = ['simple-array', 'simple-json', 'simple-enum'];

function columnsOf(extensions: ReadonlySet<string>, isIso: boolean): SampleColumn[] {
  return Object.entries(columnSamples()).flatMap(([type, sample]) => {
    if (sample === 'refused' || (sample.byDateStyle && !isIso)) return [];
    if ((type === 'vector' || type === 'halfvec') && !extensions.has('vector')) return [];
    const name = type.replaceAll(/\W/g, '_');
    const single = { property: `one_${name}`, type, isArray: false, sample };
    return sample.noArray ? [single] : [single, { ...single, property: `all_${name}`, isArray: true }];
  });
}

type Row = Record<string, unknown> & { key: string };

function entityOf(columns: readonly SampleColumn[]): Type<Row> {
  class Kinds {
    key: string;
  }
  for (const { property, type, isArray, sample } of columns) {
    const options = { ...sample.options, array: isArray, nullable: true };
    Column(type as 'text', options)(Kinds.prototype, property);
  }
  PrimaryColumn('text')(Kinds.prototype, 'key');
  Entity('kinds', { schema: 'eventfold' })(Kinds);
  return Kinds as unknown as Type<Row>;
}

/** The value that is put, or that is read of it. */
function rowOf(columns: readonly SampleColumn[], key: string, sample: 0 | 1, form: 'put' | 'read'): Row {
  const row: Row = { key };
  for (const { property, isArray, sample: of } of columns) {
    const values = (form === 'read' && of.read) || of.values;
    const elements = (form === 'read' && of.readArray) || values;
    row[property] = isArray ? [elements[sample], null, elements[1 - sample]] : values[sample];
  }
  return row;
}

/** Puts samples, and notes what it finds. Rows are copied at that moment. */
function handlerOf(entity: Type<Row>, columns: readonly SampleColumn[], found: (Row | undefined)[]) {
  @Projection({
    name: 'kinds',
    revision: 1,
    key: () => 'all',
    rows: [
      touches(entity, ({ data }: Recorded<Put>) => [data.key, data.from ?? data.key].map((key) => ({ key }))),
    ],
  })
  @EventsHandler(Put)
  class Putting {
    constructor(@InjectRows(entity) private readonly rows: Rows<Row>) {}

    handle({ data: { key, sample, from = key } }: Recorded<Put>): void {
      const before = this.rows.find({ key: from });
      found.push(before);
      this.rows.put(from === key ? rowOf(columns, key, sample, 'put') : { ...before, key });
    }
  }
  return Putting;
}

const EVENTS = [
  new Put({ key: 'a', sample: 0 }),
  new Put({ key: 'a', sample: 1 }),
  new Put({ key: 'a', sample: 0 }),
  new Put({ key: 'b', sample: 0, from: 'a' }),
];

/** The extensions of the server. Missing ones are printed, so that their types do not seem tested. */
async function createExtensions(database: TestDatabase): Promise<Set<string>> {
  const available = await database.query<{ name: string }>('select name from pg_available_extensions');
  const names = new Set(available.map(({ name }) => name));
  for (const extension of ['citext', 'hstore', 'ltree', 'cube', 'vector']) {
    if (names.has(extension)) await database.query(`create extension if not exists ${extension}`);
  }
  if (!names.has('vector'))
    console.log('Not tested: "vector" and "halfvec". This server has no extension "vector".');
  return names;
}

/** Time zones of processes and servers, and the ways in which a server spells values. */
const PLACES: [string, string[]][] = [
  ['Europe/Berlin', [`timezone = 'Asia/Kolkata'`, `bytea_output = 'escape'`]],
  ['America/St_Johns', [`timezone = 'UTC'`, `datestyle = 'SQL, DMY'`, `intervalstyle = 'iso_8601'`]],
];

/** The columns that differ between two rows, with their values. */
const differingColumns = ({ living, rebuilt }: { living: object | null; rebuilt: object | null }) =>
  Object.entries(living ?? {})
    .map(([name, value]) => [name, value, (rebuilt as Row | null)?.[name]])
    .filter(([, one, other]) => JSON.stringify(one) !== JSON.stringify(other));

describe('the samples', () => {
  it('are of every type that TypeORM supports', () => {
    const supported = [...driver.supportedDataTypes.map(String), ...OWN_TYPES];
    expect(Object.keys(columnSamples()).toSorted()).toEqual(supported.toSorted());
  });
});

/** Parsers that hosts set, by the OID of the type. The rest is nonsense, which would show at once. */
const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  20: BigInt, // int8
  114: (text) => text, // json
  3802: (text) => text, // jsonb
  1184: (text) => text, // timestamptz
  1700: Number.parseFloat, // numeric
  ...Object.fromEntries(
    [17, 199, 600, 718, 1082, 1114, 1185, 1186, 1231, 3807].map((oid) => [oid, () => 'nonsense']),
  ),
};

describe.each(PLACES)('every type of column, in %s', (timeZone, settings) => {
  let database: TestDatabase;
  let columns: SampleColumn[];
  let entity: Type<Row>;
  const timeZoneBefore = process.env.TZ;
  const parsers = new Map(Object.keys(PARSERS).map((oid) => [Number(oid), types.getTypeParser(Number(oid))]));

  beforeAll(async () => {
    process.env.TZ = timeZone;
    database = await createTestDatabase();
    const [{ name }] = (await database.query<{ name: string }>('select current_database() as name')) as [
      { name: string },
    ];
    for (const setting of settings) await database.query(`alter database "${name}" set ${setting}`);
    columns = columnsOf(await createExtensions(database), !settings.join().includes('datestyle'));
    entity = entityOf(columns);
    const source = new DataSource({
      type: 'postgres',
      url: database.url,
      schema: 'eventfold',
      entities: [entity],
    });
    await source.initialize();
    await source.synchronize();
    await source.destroy();
  });
  afterEach(() => {
    for (const [oid, parser] of parsers) types.setTypeParser(oid, parser);
  });
  afterAll(async () => {
    if (timeZoneBefore === undefined) delete process.env.TZ;
    else process.env.TZ = timeZoneBefore;
    await database.drop();
  });

  it('is read in the next turn as it was written, folded again to the same row, and the same in memory', async () => {
    for (const [oid, parser] of Object.entries(PARSERS)) types.setTypeParser(Number(oid), parser);
    const found: (Row | undefined)[] = [];
    const handler = handlerOf(entity, columns, found);
    const app = await startTestApplication(database.url, {
      imports: [EventSourcingModule.forFeature({ rows: [entity], events: [Put] })],
      providers: [handler],
      entities: [entity],
      eventSourcing: { turns: { rebuildRest: 0, retryDelayMs: 1 } },
    });
    try {
      const store = app.get(EventStore);
      for (const event of EVENTS) {
        await store.appendToStream('kinds-a', 'any', [event]);
        await settle(app, { within: 20_000 }); // a turn each
      }
      expect(found).toEqual(
        [
          undefined,
          rowOf(columns, 'a', 0, 'read'),
          rowOf(columns, 'a', 1, 'read'),
          rowOf(columns, 'a', 0, 'read'),
        ].map((row) => row && expect.objectContaining(row)),
      );

      const operations = app.get(ProjectionOperations);
      await operations.rebuild('kinds');
      await eventually(async () => expect((await operations.get('kinds')).lastRebuild).not.toBeNull());
      const { tables } = (await operations.get('kinds')).lastRebuild!;
      expect(tables.flatMap(({ differences }) => differences.flatMap(differingColumns))).toEqual([]);
      expect(tables).toMatchObject([{ equal: 2, differing: 0, missing: 0, extra: 0 }]);
    } finally {
      await app.close();
    }
    givenReadModel(handlerOf(entity, columns, []))
      .when(...EVENTS)
      .then([rowOf(columns, 'a', 0, 'read'), rowOf(columns, 'b', 0, 'read')]);
  });
});
