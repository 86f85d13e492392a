import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { migrationsFor } from '../../migrations/index.js';
import { EventStore, ProjectionOperations, RowHistory } from '../../src/event-sourcing/index.js';
import { createTestDatabase, settle, type TestDatabase } from '../../src/testing/index.js';
import {
  createShopTables,
  LineTaken,
  OrderPlaced,
  SCHEMA,
  startShop,
} from '../support/hosts/explained-host.js';

const ORDERS = '"public"."orders"';
const LINES = '"public"."order_lines"';
const lines = (...products: string[]) =>
  products.map((product, number) => ({ no: number + 1, product, price: `${number + 1}.105` }));

describe('rows of a host', () => {
  let database: TestDatabase;
  let app: INestApplicationContext;
  let store: EventStore;
  let history: RowHistory;
  let operations: ProjectionOperations;

  beforeAll(async () => {
    database = await createTestDatabase({ migrations: migrationsFor({ schema: SCHEMA }) });
    await createShopTables(database);
    app = await startShop(database);
    store = app.get(EventStore);
    history = app.get(RowHistory);
    operations = app.get(ProjectionOperations);
    const note = { 'a "b"': [1, null, { deep: '</script>' }], price: 0.1 };
    await place('de', '1', lines('apple', 'pear'), note);
    await place('fr', '1', lines('fig'));
    await take('de', '1', 2);
    await place('de', '1', lines('plum', 'apple', 'nut'));
    await take('fr', '1', 1);
    await insertOldVersion();
    await settle(app, { within: 60_000 });
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  const place = (tenant: string, order: string, of: ReturnType<typeof lines>, note?: unknown) =>
    store.appendToStream('shop', 'any', [
      new OrderPlaced({ tenant, order, lines: of, ...(note !== undefined && { note }) }),
    ]);
  const take = (tenant: string, order: string, no: number) =>
    store.appendToStream('shop', 'any', [new LineTaken({ tenant, order, no })]);

  /** An event as an older build stored it. */
  async function insertOldVersion(): Promise<void> {
    const event = new OrderPlaced({ id: 'old/9', lines: lines('date') } as never);
    await store.appendToStream('old', 'any', [Object.defineProperty(event, 'schemaVersion', { value: 1 })]);
  }

  it('are found by a computed key, in all tables, with numbers that no JSON rounds', async () => {
    expect(await history.rows('orders', 'de/1')).toMatchObject({
      projection: 'orders',
      key: 'de/1',
      parkedAt: null,
      tables: [
        {
          table: ORDERS,
          isCut: false,
          rows: [
            {
              tenant: 'de',
              order: '1',
              total: '6.31',
              serial: '1152921504606846980',
              products: ['plum', 'apple', 'nut'],
              state: 'open',
              in_cents: 632,
            },
          ],
        },
        { table: LINES, rows: [{ no: 1, product: 'plum' }, { no: 2 }, { no: 3 }] },
      ],
    });
  });

  it.each(['de/1', 'fr/1', 'old/9'])('of %s are what the events alone make of them', async (key) => {
    const { tables } = await history.rows('orders', key);
    const page = await history.history('orders', key, { after: await store.head() });
    expect(page).toMatchObject({ dependsOnOtherRows: null, nextCursor: null });
    expect(page.tables).toEqual(tables);
  });

  it('have a history with the change of each row, and the columns that differ', async () => {
    const { items } = await history.history('orders', 'de/1');
    expect(items.map(({ event: { position } }) => position)).toEqual([1, 3, 4]);
    expect(items[1]!.changes).toEqual([
      {
        table: ORDERS,
        key: { tenant: 'de', order: '1' },
        before: expect.objectContaining({ products: ['apple', 'pear'] }),
        after: expect.objectContaining({ products: ['apple'] }),
        fields: ['serial', 'products'],
      },
      {
        table: LINES,
        key: { tenant: 'de', order: '1', no: 2 },
        before: { tenant: 'de', order: '1', no: 2, product: 'pear' },
        after: null,
        fields: ['tenant', 'order', 'no', 'product'],
      },
    ]);
    expect(items[0]!.changes[0]!.after!.note).toEqual({
      'a "b"': [1, null, { deep: '</script>' }],
      price: 0.1,
    });
  });

  it('are told as long as no other key has touched them', async () => {
    await place('es', '7', lines('kiwi'));
    await place('es', '8', lines('kiwi'));
    await place('es', '7', lines('kiwi'));
    const page = await history.history('stock', 'es/7');
    expect(page.dependsOnOtherRows).toMatch(
      /^Events of the key "es\/8" touch the row kiwi of StockRow, too\./,
    );
    expect(page.items.map(({ changes }) => changes.length)).toEqual([1, 0]);
    const other = await history.history('stock', 'es/8');
    expect(other.dependsOnOtherRows).toMatch(/^Events of another key touch the row kiwi of StockRow, too\./);
    expect(other.items.map(({ changes }) => changes.length)).toEqual([0]);
    await settle(app, { within: 60_000 });
    await expect(operations.rebuildRow('stock', 'es/7')).rejects.toMatchObject({
      code: 'projection.rows-shared',
    });
  });

  it('of SQL of its own are refused, and shown as they are', async () => {
    const refused = { code: 'projection.own-sql' };
    await expect(history.history('receipts', '1')).rejects.toMatchObject(refused);
    await expect(operations.rebuildRow('receipts', '1')).rejects.toMatchObject(refused);
    expect((await history.rows('receipts', '1')).tables).toEqual([
      { table: '"public"."receipts"', rows: [{ order: '1', lines: 2 }], isCut: false },
    ]);
  });

  it('are none where the projection is a reaction or unknown, or the key has none', async () => {
    await expect(history.rows('mail', 'de/1')).rejects.toMatchObject({ code: 'projection.is-reaction' });
    await expect(history.rows('nothing', 'de/1')).rejects.toMatchObject({ code: 'projection.not-found' });
    await expect(history.rows('orders', 'de/2')).rejects.toMatchObject({
      code: 'projection.row-not-found',
    });
    await expect(operations.rebuildRow('orders', 'de/2')).rejects.toMatchObject({
      code: 'projection.row-not-found',
    });
    expect(await history.history('orders', 'de/2')).toMatchObject({ items: [], nextCursor: null });
  });

  it('are named for an event, in every projection', async () => {
    expect(await history.touchedBy(3)).toEqual([
      {
        projection: 'orders',
        key: 'de/1',
        tables: [
          { table: ORDERS, key: { tenant: 'de', order: '1' } },
          { table: LINES, key: { tenant: 'de', order: '1', no: 2 } },
        ],
      },
      { projection: 'receipts', key: '1', tables: [{ table: '"public"."receipts"', key: { order: '1' } }] },
    ]);
    await expect(history.touchedBy(10_000)).rejects.toMatchObject({ code: 'event.not-found' });
  });

  it('are put right by a rebuild of the key: wrong, missing and left-over ones', async () => {
    const before = await history.rows('orders', 'de/1');
    await database.query(
      `update public.orders set total = 1, note = '{}' where tenant = 'de';
       delete from public.order_lines where tenant = 'de' and no = 1;
       delete from public.order_lines where tenant = 'fr';
       insert into public.order_lines values ('fr', '1', 1, 'left over')`,
    );
    expect(await operations.rebuildRow('orders', 'de/1')).toMatchObject({
      projection: 'orders',
      key: 'de/1',
      tables: [
        {
          table: ORDERS,
          equal: 0,
          differing: 1,
          missing: 0,
          extra: 0,
          differences: [{ living: { total: '1.00' }, rebuilt: { total: '6.31' } }],
        },
        { table: LINES, equal: 2, differing: 0, missing: 0, extra: 1, differences: [{ living: null }] },
      ],
    });
    expect((await history.rows('orders', 'de/1')).tables).toEqual(before.tables);
    expect((await operations.rebuildRow('orders', 'fr/1')).tables[1]).toMatchObject({ missing: 1 });
    expect(await database.query(`select from public.order_lines where tenant = 'fr'`)).toEqual([]);
    expect((await operations.rebuildRow('orders', 'fr/1')).tables).toMatchObject([
      { equal: 1, differing: 0, missing: 0, extra: 0 },
      { equal: 0, differing: 0, missing: 0, extra: 0 },
    ]);
  });
});
