import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { EventsHandler } from '@nestjs/cqrs';
import {
  DomainEvent,
  EventStore,
  MessageContext,
  Reaction,
  type Recorded,
} from '../../src/event-sourcing/index.js';
import {
  type CheckoutHost,
  type CheckoutHostOptions,
  OrderCancelled,
  startCheckoutHost,
} from '../support/hosts/checkout-host.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

class CustomerTold extends DomainEvent<'customer.told', { orderId: string }> {
  static readonly type = 'customer.told';
  readonly type = CustomerTold.type;
}

@Reaction({ name: 'tell-customer', startsAt: 'beginning' })
@EventsHandler(OrderCancelled)
class TellCustomer {
  constructor(private readonly store: EventStore) {}

  async handle({ data: { orderId } }: Recorded<OrderCancelled>): Promise<void> {
    await this.store.appendToStream(`customer-${orderId}`, 'any', [new CustomerTold({ orderId })]);
  }
}

let database: TestDatabase;
let host: CheckoutHost | undefined;

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await host?.stop();
  await database.drop();
});

/** One process of the application at a time: each step of the chain is made by another one. */
async function restart(options: CheckoutHostOptions): Promise<CheckoutHost> {
  await host?.stop();
  host = await startCheckoutHost(database, { ...options, process: { startsAt: 'beginning' } });
  return host;
}

const OFF = { projections: false };

it('a chain of a command, events, a process, its timer and its command, and a reaction has one correlation id', async () => {
  const client = await restart(OFF);
  const message = { correlationId: 'request-1', causationId: 'request-1', userId: 'ada' };
  await client.app.get(MessageContext).run(message, () => client.place('a'));
  // A process steps, and holds the timer; one that sends the command; one that reacts.
  const stepping = await restart({ deadline: '1ms', onCommand: () => Promise.reject(new Error('not here')) });
  await eventually(async () => {
    const rows = await database.query<{ attempts: number }>(
      'select attempts from eventfold.process_commands',
    );
    expect(rows[0]?.attempts).toBeGreaterThan(0);
  });
  expect(await stepping.store.readStream('checkout-a')).toHaveLength(3);
  await restart({ deadline: '1ms' });
  await eventually(async () => expect(await host!.instances.list()).toMatchObject([{ state: 'ended' }]));
  await restart({ deadline: '1ms', providers: [TellCustomer] });
  await eventually(async () => expect(await host!.store.readStream('customer-a')).toHaveLength(1));

  const log = await host!.store.readAll();
  expect(new Set(log.map(({ metadata }) => metadata.correlationId))).toEqual(new Set(['request-1']));
  expect(new Set(log.map(({ metadata }) => metadata.userId))).toEqual(new Set(['ada']));
  const nameOf = new Map(
    log.map(({ eventId, type, data }) => [eventId, `${type} ${(data as any).step ?? ''}`.trim()]),
  );
  const causes = log.map(({ eventId, metadata: { causationId } }) => [
    nameOf.get(eventId),
    nameOf.get(causationId) ?? causationId,
  ]);
  expect(causes).toEqual([
    ['order.placed', 'request-1'],
    ['process.stepped 1', 'order.placed'],
    ['process.timer-due', 'process.stepped 1'],
    ['process.stepped 2', 'process.timer-due'],
    ['order.cancelled', 'process.stepped 2'],
    ['process.stepped 3', 'order.cancelled'],
    ['customer.told', 'order.cancelled'],
  ]);
});
