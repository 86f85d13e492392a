import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import ts from 'typescript';
import { EventStore, ProjectionOperations } from '../../src/event-sourcing/index.js';
import { ShopAppModule } from '../examples/shop/shop-app.module.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { WarehouseServer } from '../support/servers/warehouse-server.js';

const EXAMPLE = join(import.meta.dirname, '../examples/shop');
/** The modules for `nest-eventfold` and `nest-eventfold/migrations` in an application with the package. */
const PACKAGE = ['src/event-sourcing/index.js', 'migrations/index.js'];

describe('the shop example', () => {
  const sources = readdirSync(EXAMPLE).map((name) => ({
    name,
    text: readFileSync(join(EXAMPLE, name), 'utf8'),
  }));

  it('needs nothing of Eventfold but what the package exports', () => {
    const own = new Set(sources.map(({ name }) => `./${name.replace(/\.ts$/, '.js')}`));
    const imported = sources.flatMap(({ text }) =>
      ts.preProcessFile(text).importedFiles.map((each) => each.fileName),
    );
    const relative = imported.filter((path) => path.startsWith('.') && !own.has(path));
    const outside = relative.map((path) => normalize(join('test/examples/shop', path)));
    expect([...new Set(outside)].toSorted()).toEqual(PACKAGE.toSorted());
  });
});

describe('the shop', () => {
  let database: TestDatabase;
  let warehouse: WarehouseServer;
  let app: NestFastifyApplication;
  let url: string;

  beforeEach(async () => {
    database = await createTestDatabase();
    // The database of a shop: without Eventfold, and without a schema that PostgreSQL would take for the user's own.
    await database.query('drop schema eventfold cascade');
    warehouse = new WarehouseServer();
    await warehouse.start();
    Logger.overrideLogger(false);
    app = await NestFactory.create<NestFastifyApplication>(
      ShopAppModule.forRoot({ url: database.url, warehouseUrl: warehouse.url }),
      new FastifyAdapter(),
      { logger: false },
    );
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
    await database.query(`insert into stock values ('lamp', 10, 2500), ('desk', 3, 9900)`);
  });
  afterEach(async () => {
    await app.close();
    await warehouse.stop();
    await database.drop();
  });

  const send = async (method: string, path: string, body?: object) => {
    const response = await fetch(url + path, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as any };
  };
  const place = (article: string, quantity: number, customerId = 'ada', orderId: string = randomUUID()) =>
    send('POST', '/orders', { orderId, customerId, article, quantity });
  const act = (orderId: string, what: string, body?: object) =>
    send('POST', `/orders/${orderId}/${what}`, body);
  const totals = async (customerId: string, after: number) =>
    (await send('GET', `/customers/${customerId}/totals?after=${after}`)).body;
  const available = async (article: string) =>
    (
      await database.query<{ available: number }>('select available from stock where article = $1', [article])
    )[0]!.available;
  const events = async () => {
    const log = await app.get(EventStore).readAll();
    return log.map(({ type }) => type);
  };
  const parked = () => app.get(ProjectionOperations).parked('request-shipment');
  const refused = (error: string) => ({ status: 422, body: { error, message: expect.any(String) } });

  it('takes an order from the stock to the customer', async () => {
    const { status, body: placed } = await place('lamp', 2);
    expect({ status, placed }).toEqual({ status: 201, placed: { orderId: placed.orderId, position: 1 } });
    expect(await available('lamp')).toBe(8);
    expect(await act(placed.orderId, 'payment', { cents: 5_000 })).toMatchObject({ status: 200 });
    await eventually(() =>
      expect([...warehouse.shipments.values()]).toEqual([
        { orderId: placed.orderId, article: 'lamp', quantity: 2 },
      ]),
    );
    const shipped = await act(placed.orderId, 'shipment', { parcel: 'P-1' });
    expect(await totals('ada', shipped.body.position)).toEqual({
      customerId: 'ada',
      orders: 1,
      shipped: 1,
      paidCents: 5_000,
    });
  });

  it('refuses by its rules, in its own format, and stores nothing', async () => {
    const { body: placed } = await place('lamp', 1);
    const pay = (cents: number) => act(placed.orderId, 'payment', { cents });
    expect(await pay(1)).toEqual(refused('order.wrong-amount'));
    expect(await act(placed.orderId, 'shipment', { parcel: 'P-1' })).toEqual(refused('order.not-paid'));
    await pay(2_500);
    expect(await pay(2_500)).toEqual(refused('order.not-open'));
    await act(placed.orderId, 'shipment', { parcel: 'P-1' });
    expect(await act(placed.orderId, 'cancellation')).toEqual(refused('order.is-shipped'));
    expect(await act(randomUUID(), 'cancellation')).toMatchObject({
      status: 404,
      body: { error: 'order.not-found' },
    });
    expect(await events()).toEqual(['order.placed', 'order.paid', 'order.shipped']);
  });

  it('has its own pipe check what comes in', async () => {
    expect(await place('lamp', -1)).toEqual({
      status: 400,
      body: { statusCode: 400, error: 'Bad Request', message: ['quantity must be a positive number'] },
    });
    expect(await act('no-uuid', 'cancellation')).toMatchObject({ status: 400 });
    expect(await events()).toEqual([]);
  });

  describe('writes its stock and the log in one transaction', () => {
    it('and neither where there is not enough in stock', async () => {
      expect(await place('desk', 4)).toEqual(refused('order.out-of-stock'));
      expect([await available('desk'), await events()]).toEqual([3, []]);
    });

    it('and neither where the order is there already', async () => {
      const { body } = await place('lamp', 1);
      expect(await place('lamp', 5, 'bo', body.orderId)).toMatchObject({
        status: 409,
        body: { error: 'version-conflict' },
      });
      expect([await available('lamp'), await events()]).toEqual([9, ['order.placed']]);
    });

    it('and neither where the commit itself fails, after which the log has no gap', async () => {
      await database.query(`create function refuse() returns trigger language plpgsql as
        $$ begin if new.article = 'desk' then raise 'not today'; end if; return new; end $$`);
      await database.query(`create constraint trigger at_commit after update on stock
        deferrable initially deferred for each row execute function refuse()`);
      expect(await place('desk', 1)).toMatchObject({ status: 500 });
      expect([await available('desk'), await events()]).toEqual([3, []]);
      expect((await place('lamp', 1)).body.position).toBe(1);
    });

    it('and gives back what a cancelled order took, once', async () => {
      const { body: placed } = await place('lamp', 4);
      await act(placed.orderId, 'payment', { cents: 10_000 });
      await act(placed.orderId, 'cancellation');
      const { status, body } = await act(placed.orderId, 'cancellation');
      expect({ status, available: await available('lamp') }).toEqual({ status: 200, available: 10 });
      expect(await totals('ada', body.position)).toMatchObject({ orders: 0, paidCents: 0 });
    });

    it('so that nobody gets what another one has, however many ask at once', async () => {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, number) => place('desk', 1, `customer ${number}`)),
      );
      const count = (status: number) => answers.filter((answer) => answer.status === status).length;
      expect([count(201), count(422), await available('desk')]).toEqual([3, 7, 0]);
      expect(await events()).toEqual(Array(3).fill('order.placed'));
    });
  });

  describe('asks the warehouse for a shipment', () => {
    const payFor = async (article: string) => {
      const { body } = await place(article, 1);
      return act(body.orderId, 'payment', { cents: article === 'lamp' ? 2_500 : 9_900 });
    };

    it('again, under the same id, when the answer was lost', async () => {
      warehouse.mode = 'dies after';
      await payFor('lamp');
      await eventually(() => expect(warehouse.requests.length).toBeGreaterThanOrEqual(2));
      warehouse.mode = 'takes';
      await payFor('desk');
      await eventually(() => expect(warehouse.shipments.size).toBe(2));
      expect(new Set(warehouse.requests).size).toBe(2);
      expect(await parked()).toEqual([]);
    });

    it('for as long as it is busy, and sets nothing aside', async () => {
      warehouse.mode = 'is busy';
      await payFor('lamp');
      // More tries than an event with any other failure gets.
      await eventually(() => expect(warehouse.requests.length).toBeGreaterThan(3));
      expect(await parked()).toEqual([]);
      warehouse.mode = 'takes';
      await eventually(() => expect(warehouse.shipments.size).toBe(1));
    });

    it('and sets an order aside that it will not have, until somebody has mended it; others go on', async () => {
      warehouse.mode = 'refuses';
      const { body: paid } = await payFor('lamp');
      await eventually(async () =>
        expect(await parked()).toMatchObject([
          { key: `order-${paid.orderId}`, error: 'The warehouse answered 422: no such article' },
        ]),
      );
      warehouse.mode = 'takes';
      await payFor('desk');
      await eventually(() => expect(warehouse.shipments.size).toBe(1));
      await app.get(ProjectionOperations).retry('request-shipment', `order-${paid.orderId}`);
      expect(warehouse.shipments.size).toBe(2);
    });
  });

  it('folds its read model again to the same rows', async () => {
    for (const customer of ['ada', 'bo']) await place('lamp', 1, customer);
    const { body } = await place('desk', 1, 'ada');
    await totals('ada', body.position);
    await app.get(ProjectionOperations).rebuild('customer-totals');
    await eventually(async () => {
      const { lastRebuild } = await app.get(ProjectionOperations).get('customer-totals');
      expect(lastRebuild?.tables).toMatchObject([{ equal: 2, differing: 0, missing: 0, extra: 0 }]);
    });
  });

  it('keeps its tables, and Eventfold has a schema beside them', async () => {
    const tables = await database.query<{ table_schema: string; table_name: string }>(
      `select table_schema, table_name from information_schema.tables
        where table_schema not in ('pg_catalog', 'information_schema')`,
    );
    const inSchema = (schema: string) =>
      tables.filter(({ table_schema }) => table_schema === schema).map(({ table_name }) => table_name);
    expect(inSchema('public').toSorted()).toEqual(['migrations', 'stock']);
    expect(inSchema('shop_events')).toEqual(
      expect.arrayContaining(['events', 'projections', 'customer_totals']),
    );
  });
});
