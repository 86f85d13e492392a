/**
 * One of the processes of test/process/crashes: an application with a process manager, whose commands append without any
 * condition. So a command that is carried out twice, and a step that is made twice, shows in the log.
 */

import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandHandler, CqrsModule, EventsHandler } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { dataSourceOptions } from '../../../dist/src/service/database/data-source-options.js';
import {
  DomainEvent,
  EventfoldError,
  EventSourcingModule,
  EventStore,
  Process,
  ProcessManager,
} from '../../../dist/src/event-sourcing/index.js';

const { url, deadline } = JSON.parse(process.argv[2]);

const eventClass = (type) => {
  class Event extends DomainEvent {
    static type = type;
    type = type;
  }
  return Event;
};
const OrderPlaced = eventClass('order.placed');
const OrderPaid = eventClass('order.paid');
const OrderCancelled = eventClass('order.cancelled');
const OrderShipped = eventClass('order.shipped');
const CustomerTold = eventClass('customer.told');

class ShipOrder {
  constructor(orderId) {
    this.orderId = orderId;
  }
}
class CancelOrder extends ShipOrder {}
class TellCustomer extends ShipOrder {}

class Refused extends EventfoldError {
  kind = 'refused';
  code = 'order.is-paid';
}

const paramOf = (handler, ...tokens) => Reflect.defineMetadata('design:paramtypes', tokens, handler);

class AppendingHandler {
  constructor(store) {
    this.store = store;
  }
}

class ShipOrderHandler extends AppendingHandler {
  execute({ orderId }) {
    return this.store.appendToStream(`order-${orderId}`, 'any', [new OrderShipped({ orderId })]);
  }
}
class TellCustomerHandler extends AppendingHandler {
  execute({ orderId }) {
    return this.store.appendToStream(`customer-${orderId}`, 'any', [new CustomerTold({ orderId })]);
  }
}
class CancelOrderHandler extends AppendingHandler {
  async execute({ orderId }) {
    const events = await this.store.readStream(`order-${orderId}`);
    if (events.length > 1) throw new Refused(`Order ${orderId} is ${events[1].type}.`);
    await this.store.appendToStream(`order-${orderId}`, 1, [new OrderCancelled({ orderId })]);
  }
}
for (const [handler, command] of [
  [ShipOrderHandler, ShipOrder],
  [TellCustomerHandler, TellCustomer],
  [CancelOrderHandler, CancelOrder],
]) {
  paramOf(handler, EventStore);
  CommandHandler(command)(handler);
}

class Checkout extends ProcessManager {
  initialState = { refused: 0 };

  when = {
    'order.placed': (_, { schedule }) => schedule('payment-due', { in: deadline }),
    'payment-due': (_, { key, execute }) => execute(new CancelOrder(key)),
    'order.paid': (_, { key, cancel, execute }) => {
      cancel('payment-due');
      execute(new ShipOrder(key));
    },
    'order.cancelled': (_, { key, execute }) => execute(new TellCustomer(key)),
    'order.shipped': (_, { end }) => end(),
    'customer.told': (_, { end }) => end(),
  };

  commandRefused(_, { state }) {
    return { refused: state.refused + 1 };
  }
}
Process({
  name: 'checkout',
  key: 'orderId',
  partitions: 2,
  startsAt: 'beginning',
  commands: { 'ship-order': ShipOrder, 'cancel-order': CancelOrder, 'tell-customer': TellCustomer },
})(Checkout);
EventsHandler(OrderPlaced, OrderPaid, OrderCancelled, OrderShipped, CustomerTold)(Checkout);

// The process must never outlive the test.
process.on('disconnect', () => process.exit(1));
if (!process.connected) process.exit(1);
Logger.overrideLogger(false);
await NestFactory.createApplicationContext(
  {
    module: class CheckoutModule {},
    imports: [
      TypeOrmModule.forRoot({ ...dataSourceOptions(url, 'eventfold', 6), retryAttempts: 20, retryDelay: 50 }),
      CqrsModule.forRoot(),
      EventSourcingModule.forRoot({ turns: { retryDelayMs: 20 } }),
      EventSourcingModule.forFeature({}),
    ],
    providers: [Checkout, ShipOrderHandler, CancelOrderHandler, TellCustomerHandler],
  },
  { logger: false, abortOnError: false },
);
process.send('ready');
