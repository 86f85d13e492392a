import { EventsHandler } from '@nestjs/cqrs';
import {
  Process,
  ProcessManager,
  type RefusedCommand,
  type Step,
  type When,
} from '../../../src/event-sourcing/index.js';
import { CancelOrder } from '../shop/cancel-order.command.js';
import { OrderCancelled, OrderPaid, OrderPlaced, OrderShipped } from '../shop/order.events.js';
import { PaymentRefunded, VoucherIssued } from './refund.events.js';
import { RefundPayment } from './refund-payment.command.js';

interface CheckoutState {
  /** What the customer is still to get back. */
  owedCents: number;
}

type CheckoutEvent = OrderPlaced | OrderPaid | OrderShipped | OrderCancelled | PaymentRefunded;

/** What follows from an order: it is cancelled when it is not paid in time, and refunded when it is cancelled later. */
@Process({
  name: 'checkout',
  key: 'orderId',
  startsOn: [OrderPlaced],
  commands: { 'cancel-order': CancelOrder, 'refund-payment': RefundPayment },
  stuckAfter: '7d',
})
@EventsHandler(OrderPlaced, OrderPaid, OrderShipped, OrderCancelled, PaymentRefunded)
export class Checkout extends ProcessManager<CheckoutState, CheckoutEvent, 'payment-due'> {
  protected readonly initialState: CheckoutState = { owedCents: 0 };

  protected readonly when: When<CheckoutState, CheckoutEvent, 'payment-due'> = {
    'order.placed': (_, { schedule }) => schedule('payment-due', { in: '30m' }),
    'payment-due': (_, { key, execute }) => execute(new CancelOrder(key)),
    'order.paid': (_, { cancel }) => cancel('payment-due'),
    'order.shipped': (_, { end }) => end(),
    'order.cancelled': ({ data: { orderId, refundedCents } }, { cancel, execute, end }) => {
      cancel('payment-due');
      if (refundedCents === 0) return end();
      execute(new RefundPayment(orderId, refundedCents));
      return { owedCents: refundedCents };
    },
    'payment.refunded': ({ data: { orderId, cents } }, { state, append, end }) => {
      const rest = state.owedCents - cents;
      if (rest > 0) append(`voucher-${orderId}`, new VoucherIssued({ orderId, cents: rest }));
      end();
      return { owedCents: 0 };
    },
  };

  /** The bank pays back a part: that part is refunded, and the rest becomes a voucher. */
  protected override commandRefused(
    { code, details }: RefusedCommand,
    { key, execute }: Step<CheckoutState>,
  ): void {
    if (code === 'refund.too-much') execute(new RefundPayment(key, Number(details['possibleCents'])));
    else if (code !== 'order.is-shipped') throw new Error(`Order ${key}: ${code} is not provided for.`);
  }
}
