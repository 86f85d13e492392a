import { DomainEvent } from '../../../src/event-sourcing/index.js';

interface OfOrder {
  orderId: string;
  customerId: string;
}

interface Placed extends OfOrder {
  article: string;
  quantity: number;
  /** Price of the whole order. */
  cents: number;
}

export class OrderPlaced extends DomainEvent<'order.placed', Placed> {
  static readonly type = 'order.placed';
  readonly type = OrderPlaced.type;
}

export class OrderPaid extends DomainEvent<'order.paid', Placed> {
  static readonly type = 'order.paid';
  readonly type = OrderPaid.type;
}

export class OrderShipped extends DomainEvent<'order.shipped', OfOrder & { parcel: string }> {
  static readonly type = 'order.shipped';
  readonly type = OrderShipped.type;
}

export class OrderCancelled extends DomainEvent<'order.cancelled', OfOrder & { refundedCents: number }> {
  static readonly type = 'order.cancelled';
  readonly type = OrderCancelled.type;
}

export const ORDER_EVENTS = [OrderPlaced, OrderPaid, OrderShipped, OrderCancelled] as const;

export type OrderEvent = InstanceType<(typeof ORDER_EVENTS)[number]>;
