import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CurrentTurn, Rehearsal, type RehearsalOptions } from '../../src/event-sourcing/index.js';
import {
  type Build,
  CouponUsed,
  createCustomers,
  HastyPlaced2,
  openShop,
  Packed,
  Placed1,
  Placed2,
  type Shop,
} from '../support/log/rehearsal-shop.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('a rehearsal of a newer build', () => {
  let database: TestDatabase;
  let shop: Shop | undefined;
  beforeEach(async () => {
    database = await createTestDatabase();
    await createCustomers(database);
  });
  afterEach(async () => {
    await shop?.close();
    shop = undefined;
    await database.drop();
  });

  /** Orders of three events each, by an older build: placed, a coupon (in a stream of its own), packed. */
  const write = async (orders: number, odd: (order: number) => object = () => ({})) => {
    const older = await openShop(database.url, { events: [Placed1, Packed, CouponUsed] });
    for (let order = 1; order <= orders; order++) {
      const data = { customer: `c${order % 7}`, total: order, ...odd(order) };
      await older.store.appendToStreams([
        { streamId: `order-${order}`, expectedVersion: 'no-stream', events: [new Placed1(data)] },
        { streamId: 'coupons', expectedVersion: 'any', events: [new CouponUsed({ code: 'x' })] },
      ]);
      await older.store.appendToStream(`order-${order}`, 1, [new Packed({ weight: order })]);
    }
    await older.close();
  };
  const rehearse = async (build: Build = {}, options: RehearsalOptions = {}) => {
    shop = await openShop(database.url, build);
    return shop.app.get(Rehearsal).run(options);
  };
  const brokenIn = ({ types }: Awaited<ReturnType<typeof rehearse>>) =>
    types.flatMap(({ type, schemaVersion, breakages }) =>
      breakages.map((breakage) => ({ type, schemaVersion, ...breakage })),
    );

  it('finds nothing wrong with a good one, and counts what is stored', async () => {
    await write(20, (order) => (order === 13 ? { total: undefined } : {}));
    const report = await rehearse();
    expect(report).toMatchObject({ ok: true, whole: true, head: 60, read: 60, streams: 20, unsure: [] });
    expect(report.types).toEqual([
      { type: 'coupon.used', schemaVersion: 1, events: 20, read: 20, breakages: [] },
      { type: 'order.packed', schemaVersion: 1, events: 20, read: 20, breakages: [] },
      { type: 'order.placed', schemaVersion: 1, events: 20, read: 20, breakages: [] },
    ]);
    expect(report.projections).toEqual([{ name: 'customers', exactUpTo: 60 }]);
  });

  it('finds a type that the build lost', async () => {
    await write(5);
    const report = await rehearse({ events: [Placed2, Packed] });
    expect(report.ok).toBe(false);
    expect(brokenIn(report)).toEqual([
      expect.objectContaining({
        type: 'coupon.used',
        schemaVersion: 1,
        stage: 'event',
        code: 'unknown-event-type',
        events: 5,
        position: 2,
        streamId: 'coupons',
        version: 1,
        cure: expect.stringContaining('forFeature'),
      }),
    ]);
  });

  it('finds the one odd event that an upcaster throws at, once, though aggregate and projection meet it too', async () => {
    await write(40, (order) => (order === 13 ? { total: undefined } : {}));
    expect(brokenIn(await rehearse({ events: [HastyPlaced2, Packed, CouponUsed] }))).toEqual([
      expect.objectContaining({
        type: 'order.placed',
        schemaVersion: 1,
        stage: 'event',
        by: 'upcaster',
        code: 'upcaster-failed',
        events: 1,
        position: 37,
        streamId: 'order-13',
        message: expect.stringContaining('toFixed'),
      }),
    ]);
  });

  it('finds an event that is newer than the build, and a version without an upcaster', async () => {
    const newer = await openShop(database.url);
    await newer.store.appendToStream('order-1', 'no-stream', [new Placed2({ customer: 'c', cents: 1 })]);
    await newer.close();
    const [found, ...others] = brokenIn(await rehearse({ events: [Placed1, Packed, CouponUsed] }));
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      schemaVersion: 2,
      code: 'unknown-schema-version',
      cure: expect.stringContaining('newer build'),
    });
  });

  it('finds the events that an aggregate cannot be loaded over', async () => {
    await write(30);
    const evolvePacked = ({ data }: Packed) => {
      if (data.weight! > 20) throw new Error(`too heavy: ${data.weight}`);
    };
    expect(brokenIn(await rehearse({ evolvePacked }))).toEqual([
      expect.objectContaining({
        type: 'order.packed',
        stage: 'aggregate',
        by: 'Order',
        code: 'evolve-failed',
        events: 10,
        position: 63,
        streamId: 'order-21',
        version: 2,
        message: 'too heavy: 21',
      }),
    ]);
  });

  it('finds an event in the stream of an aggregate that does not handle it', async () => {
    await write(2);
    const older = await openShop(database.url);
    await older.store.appendToStream('order-2', 2, [new CouponUsed({ code: 'y' })]);
    await older.close();
    expect(brokenIn(await rehearse())).toEqual([
      expect.objectContaining({ code: 'unexpected-event', by: 'Order', streamId: 'order-2', version: 3 }),
    ]);
  });

  it('finds the event that a projection throws at, and no later one of its key', async () => {
    await write(30);
    const onPlaced = ({ data }: Placed2) => {
      if (data.customer === 'c3' && data.cents > 1_000) throw new Error('no more');
    };
    expect(brokenIn(await rehearse({ onPlaced }))).toEqual([
      expect.objectContaining({
        type: 'order.placed',
        schemaVersion: 1,
        stage: 'projection',
        by: 'customers',
        code: 'handler-failed',
        events: 1, // one of the four of c3: 24 waits behind it
        position: 49,
        streamId: 'order-17',
        message: 'no more',
      }),
    ]);
  });

  it('writes nothing, and gives the rows back to no one', async () => {
    await write(5);
    const { ok } = await rehearse();
    expect(ok).toBe(true);
    expect(await database.query('select * from eventfold.customers')).toEqual([]);
  });

  it('refuses what a handler writes with SQL of its own, and says that it went no further', async () => {
    await write(5);
    let turn: CurrentTurn;
    const onPlaced = async () => {
      turn = shop!.app.get(CurrentTurn);
      await turn.manager.query(`insert into eventfold.customers values ('mine', 1)`);
    };
    const report = await rehearse({ onPlaced });
    expect(report).toMatchObject({ ok: true });
    expect(report.projections).toEqual([
      { name: 'customers', exactUpTo: 0, halted: expect.stringContaining('read-only transaction') },
    ]);
    expect(await database.query('select * from eventfold.customers')).toEqual([]);
  });

  describe('in a sample, or with more rows than memory is for', () => {
    const insists = (event: Recorded2, customers: Parameters<NonNullable<Build['onPlaced']>>[1]) => {
      if (event.position > 1 && customers.find({ id: event.data.customer }) === undefined) {
        throw new Error('unheard of');
      }
    };
    type Recorded2 = Parameters<NonNullable<Build['onPlaced']>>[0];
    const oneCustomer = () => ({ customer: 'only' });

    it('blames an event, not the gap before it', async () => {
      await write(60, oneCustomer);
      const options = { sample: 40, seed: 3 };
      const report = await rehearse({ onPlaced: insists }, options);
      expect(report).toMatchObject({ ok: true, whole: false, head: 180 });
      expect(report.read).toBeLessThanOrEqual(40);
      expect(report.unsure).toEqual([
        expect.objectContaining({ type: 'order.placed', by: 'customers', message: 'unheard of' }),
      ]);
      expect((await shop!.app.get(Rehearsal).run({ whole: true })).unsure).toEqual([]);
    });

    it('hands the living row over, and then the odd event stands out', async () => {
      await write(60, oneCustomer);
      await database.query(`insert into eventfold.customers values ('only', 60)`);
      const onPlaced = (event: Recorded2, customers: Parameters<typeof insists>[1]) => {
        insists(event, customers);
        if (event.data.cents === 6_000) throw new Error('odd');
      };
      const report = await rehearse({ onPlaced }, { sample: 40 });
      expect(report.unsure).toEqual([]);
      expect(brokenIn(report)).toEqual([
        expect.objectContaining({ message: 'odd', position: 178, events: 1 }),
      ]);
    });

    it('does without the table that the build is to bring', async () => {
      await write(60, oneCustomer);
      await database.query('drop table eventfold.customers');
      const report = await rehearse({}, { maxRows: 0 });
      expect(report).toMatchObject({ ok: true, unsure: [] });
    });

    it('estimates how many events there are, and reads streams from their first event on', async () => {
      await write(200);
      const evolvePacked = () => {
        throw new Error('never');
      };
      const report = await rehearse({ evolvePacked }, { sample: 100 });
      expect(report).toMatchObject({ whole: false, head: 600 });
      for (const { events, read } of report.types) {
        expect(events).toBeGreaterThan(150);
        expect(events).toBeLessThan(250);
        expect(read).toBeLessThan(100);
      }
      const [found] = brokenIn(report);
      expect(found).toMatchObject({ by: 'Order', code: 'evolve-failed', events: report.streams });
    });
  });

  it('reads streams that began before where it starts, from their beginning', async () => {
    await write(3);
    const older = await openShop(database.url);
    await older.store.appendToStream('order-1', 2, [new Packed({ weight: 7 })]);
    await older.close();
    const report = await rehearse({}, { from: 10 });
    expect(report).toMatchObject({ ok: true, whole: true, read: 1, streams: 1 });
    expect(report.types).toEqual([
      expect.objectContaining({ type: 'order.packed', events: 2, read: 2 }),
      expect.objectContaining({ type: 'order.placed', events: 1, read: 1 }),
    ]);
  });

  it('ends in the middle when it is told to', async () => {
    await write(400);
    const controller = new AbortController();
    const reason = new Error('enough');
    const seen: number[] = [];
    const onProgress = ({ read }: { read: number }) => {
      seen.push(read);
      controller.abort(reason);
    };
    await expect(rehearse({}, { onProgress, signal: controller.signal })).rejects.toBe(reason);
    expect(seen).toEqual([1_000]);
  });
});
