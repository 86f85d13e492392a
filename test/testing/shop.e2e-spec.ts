import { afterEach, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  assertConforms,
  conformance,
  createTestDatabase,
  givenAggregate,
  givenReadModel,
  settle,
} from '../../src/testing/index.js';
import { CancelOrder } from '../examples/shop/cancel-order.command.js';
import { CustomerTotalsProjection } from '../examples/shop/customer-totals.projection.js';
import { GetCustomerTotals } from '../examples/shop/get-customer-totals.query.js';
import { OrderCancelled, OrderPaid, OrderPlaced, OrderShipped } from '../examples/shop/order.events.js';
import { Order } from '../examples/shop/order.js';
import { PayOrder } from '../examples/shop/pay-order.command.js';
import { PlaceOrder } from '../examples/shop/place-order.command.js';
import { ShopAppModule } from '../examples/shop/shop-app.module.js';
import { WarehouseServer } from '../support/servers/warehouse-server.js';

const lamps = { orderId: 'o1', customerId: 'ada', article: 'lamp', quantity: 2, cents: 5_000 };
const placed = new OrderPlaced(lamps);
const paid = new OrderPaid(lamps);
const shipped = new OrderShipped({ orderId: 'o1', customerId: 'ada', parcel: 'p1' });
const cancelled = new OrderCancelled({ orderId: 'o1', customerId: 'ada', refundedCents: 5_000 });

it('an order is paid as a whole', () => {
  givenAggregate(Order, 'o1', placed)
    .when((order) => order.pay(5_000))
    .then(paid);
  givenAggregate(Order, 'o1', placed)
    .when((order) => order.pay(4_999))
    .thenRefused('order.wrong-amount');
});

it('an order that is cancelled stays so', () => {
  givenAggregate(Order, 'o1', placed, paid, cancelled)
    .when((order) => order.cancel())
    .then();
});

it('an order begins by being placed', () => {
  const { orderId, ...order } = lamps;
  givenAggregate(Order, orderId)
    .when(() => Order.place(orderId, order))
    .then(placed);
});

it('the totals of a customer leave out what was refunded', () => {
  givenReadModel(CustomerTotalsProjection, [{ customerId: 'bo', orders: 1, shipped: 1, paidCents: 900 }])
    .when(placed, paid, cancelled)
    .then([
      { customerId: 'ada', orders: 0, shipped: 0, paidCents: 0 },
      { customerId: 'bo', orders: 1, shipped: 1, paidCents: 900 },
    ]);
});

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

const startShop = (url: string, warehouseUrl = 'http://127.0.0.1:9') =>
  NestFactory.createApplicationContext(ShopAppModule.forRoot({ url, warehouseUrl }), { logger: false });

it('an order that was paid is requested from the warehouse, and in the totals', async () => {
  const warehouse = new WarehouseServer();
  await warehouse.start();
  cleanUps.push(() => warehouse.stop());
  const database = await createTestDatabase({ migrations: [] }); // the shop migrates when it starts
  cleanUps.push(() => database.drop());
  const shop = await startShop(database.url, warehouse.url);
  cleanUps.push(() => shop.close());
  await database.query(`insert into stock values ('lamp', 10, 2500)`);

  const commands = shop.get(CommandBus);
  await commands.execute(new PlaceOrder('o1', 'ada', 'lamp', 2));
  await commands.execute(new PayOrder('o1', 5_000));
  await settle(shop);

  expect([...warehouse.shipments.values()]).toMatchObject([{ orderId: 'o1', quantity: 2 }]);
  const totals = () => shop.get(QueryBus).execute(new GetCustomerTotals('ada'));
  expect(await totals()).toEqual({ customerId: 'ada', orders: 1, shipped: 0, paidCents: 5_000 });
  await commands.execute(new CancelOrder('o1'));
  await settle(shop);
  expect(await totals()).toMatchObject({ orders: 0, paidCents: 0 });
});

const desks = { orderId: 'o2', customerId: 'bo', article: 'desk', quantity: 1, cents: 9_900 };
const history = [
  placed,
  new OrderPlaced(desks),
  paid,
  new OrderPaid(desks),
  shipped,
  new OrderCancelled({ orderId: 'o2', customerId: 'bo', refundedCents: 9_900 }),
  new OrderPlaced({ ...lamps, orderId: 'o3' }),
];

it('the totals are the same however they are folded', async () => {
  const report = await conformance({
    app: startShop,
    migrations: [],
    events: history.map((event) => ({ streamId: `order-${event.data.orderId}`, event })),
  });
  assertConforms(report);
  expect(report.unseen).toEqual([]);
});
