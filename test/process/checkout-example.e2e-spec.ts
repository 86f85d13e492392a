import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { EventStore, OperationsLog, ProcessInstances, Timers } from '../../src/event-sourcing/index.js';
import { createTestDatabase, givenProcess, type TestDatabase } from '../../src/testing/index.js';
import { Bank, RefundTooMuch } from '../examples/checkout/bank.js';
import { CheckoutModule } from '../examples/checkout/checkout.module.js';
import { Checkout } from '../examples/checkout/checkout.process.js';
import { PaymentRefunded, VoucherIssued } from '../examples/checkout/refund.events.js';
import { RefundPayment } from '../examples/checkout/refund-payment.command.js';
import { CancelOrder } from '../examples/shop/cancel-order.command.js';
import { OrderCancelled, OrderPaid, OrderPlaced } from '../examples/shop/order.events.js';
import { PayOrder } from '../examples/shop/pay-order.command.js';
import { PlaceOrder } from '../examples/shop/place-order.command.js';
import { ShopAppModule } from '../examples/shop/shop-app.module.js';
import { eventually } from '../support/eventually.js';

const lamps = { orderId: 'o1', customerId: 'ada', article: 'lamp', quantity: 2, cents: 5_000 };
const placed = new OrderPlaced(lamps);
const paid = new OrderPaid(lamps);
const cancelled = new OrderCancelled({ orderId: 'o1', customerId: 'ada', refundedCents: 5_000 });

it('an order that is not paid in time is cancelled', () => {
  givenProcess(Checkout, [placed])
    .at('2025-01-01T00:30:01Z')
    .then({ commands: [new CancelOrder('o1')], timers: {} });
});

it('a payment in time cancels the deadline', () => {
  givenProcess(Checkout, [placed])
    .when(paid)
    .then({ timers: {} })
    .at('2025-02-01T00:00:00Z')
    .then({ ended: false });
});

it('a part that the bank does not pay back becomes a voucher', () => {
  givenProcess(Checkout, [placed, paid])
    .when(cancelled)
    .then({ commands: [new RefundPayment('o1', 5_000)], state: { owedCents: 5_000 } })
    .whenRefused(new RefundPayment('o1', 5_000), {
      code: 'refund.too-much',
      details: { possibleCents: 2_000 },
    })
    .then({ commands: [new RefundPayment('o1', 2_000)] })
    .when(new PaymentRefunded({ orderId: 'o1', cents: 2_000 }))
    .then({ events: [new VoucherIssued({ orderId: 'o1', cents: 3_000 })], ended: true });
});

/** A bank that pays back at most 20 euros, when it is there. */
class TestBank extends Bank {
  isAway = false;
  readonly paid: [orderId: string, cents: number][] = [];

  async refund(orderId: string, cents: number): Promise<void> {
    if (this.isAway) throw new Error('the bank does not answer');
    if (cents > 2_000) throw new RefundTooMuch(2_000);
    this.paid.push([orderId, cents]);
  }
}

describe('the shop with the checkout', () => {
  let database: TestDatabase;
  let bank: TestBank;
  let shop: INestApplicationContext;

  beforeEach(async () => {
    database = await createTestDatabase({ migrations: [] });
    bank = new TestBank();
    Logger.overrideLogger(false);
    const imports = [
      ShopAppModule.forRoot({ url: database.url, warehouseUrl: 'http://127.0.0.1:9' }),
      CheckoutModule.forRoot(bank),
    ];
    @Module({ imports })
    class AppModule {}
    shop = await NestFactory.createApplicationContext(AppModule, { logger: false });
    await database.query(`insert into stock values ('lamp', 10, 2500)`);
  });
  afterEach(async () => {
    await shop.close();
    await database.drop();
  });

  const place = async (): Promise<string> =>
    (await shop.get(CommandBus).execute(new PlaceOrder('o1', 'ada', 'lamp', 2))).orderId;
  const theProcess = async () => (await shop.get(ProcessInstances).list())[0];
  const typesIn = async (stream: string) =>
    (await shop.get(EventStore).readStream(stream)).map(({ type }) => type);

  it('cancels an order that nobody pays', async () => {
    const orderId = await place();
    const timers = shop.get(Timers);
    await eventually(async () => expect((await timers.list()).timers).toHaveLength(1));
    await timers.move((await timers.list()).timers[0]!.id, { in: 0 }); // 30 minutes have passed
    await eventually(async () => expect(await theProcess()).toMatchObject({ key: orderId, state: 'ended' }));
    expect(await typesIn(`order-${orderId}`)).toEqual(['order.placed', 'order.cancelled']);
  });

  it('refunds a part, and gives a voucher for the rest', async () => {
    const orderId = await place();
    await shop.get(CommandBus).execute(new PayOrder(orderId, 5_000));
    await shop.get(CommandBus).execute(new CancelOrder(orderId));
    await eventually(async () => expect(await theProcess()).toMatchObject({ state: 'ended' }));
    expect(bank.paid).toEqual([[orderId, 2_000]]);
    expect(await shop.get(EventStore).readStream(`voucher-${orderId}`)).toMatchObject([
      { type: 'voucher.issued', data: { orderId, cents: 3_000 } },
    ]);
  });

  it('has an operator mend a refund for which the bank was away too long', async () => {
    bank.isAway = true;
    const orderId = await place();
    await shop.get(CommandBus).execute(new PayOrder(orderId, 5_000));
    await shop.get(CommandBus).execute(new CancelOrder(orderId));
    await eventually(async () => {
      await database.query(
        `update shop_events.process_commands set failing_since = failing_since - interval '1 hour'`,
      );
      expect(await shop.get(ProcessInstances).list({ state: 'stuck' })).toMatchObject([
        { key: orderId, reason: 'The command "refund-payment" has failed: the bank does not answer' },
      ]);
    });
    bank.isAway = false;
    await shop.get(ProcessInstances).retry('checkout', orderId);
    await eventually(async () => expect(await theProcess()).toMatchObject({ state: 'ended' }));
    expect(bank.paid).toEqual([[orderId, 2_000]]);
    expect(await shop.get(OperationsLog).list()).toMatchObject([
      { act: 'retry-process', parameters: { projection: 'checkout', key: orderId }, outcome: 'done' },
    ]);
  });
});
