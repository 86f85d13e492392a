import { AggregateRoot, type Evolve } from '../../../src/event-sourcing/index.js';
import { OrderRefused } from './order.errors.js';
import {
  ORDER_EVENTS,
  OrderCancelled,
  type OrderEvent,
  OrderPaid,
  OrderPlaced,
  OrderShipped,
} from './order.events.js';

export interface OrderState {
  customerId: string;
  article: string;
  quantity: number;
  cents: number;
  status: 'open' | 'paid' | 'shipped' | 'cancelled';
}

/** One order: it is paid as a whole, shipped once it is paid, and can be cancelled until it is shipped. */
export class Order extends AggregateRoot<OrderState, OrderEvent> {
  static readonly stream = 'order';
  static readonly events = ORDER_EVENTS;
  static readonly snapshotRevision = 1;

  protected readonly initialState: OrderState = {
    customerId: '',
    article: '',
    quantity: 0,
    cents: 0,
    status: 'open',
  };

  static place(orderId: string, order: Omit<OrderState, 'status'>): Order {
    const placed = new Order(orderId);
    placed.raise(new OrderPlaced({ orderId, ...order }));
    return placed;
  }

  pay(cents: number): void {
    const { status, ...order } = this.state;
    if (status !== 'open') throw new OrderRefused('order.not-open', `Order ${this.id} is ${status}.`);
    if (cents !== order.cents) {
      throw new OrderRefused('order.wrong-amount', `Order ${this.id} costs ${order.cents} cents.`);
    }
    this.raise(new OrderPaid({ orderId: this.id, ...order }));
  }

  ship(parcel: string): void {
    const { status, customerId } = this.state;
    if (status !== 'paid') throw new OrderRefused('order.not-paid', `Order ${this.id} is ${status}.`);
    this.raise(new OrderShipped({ orderId: this.id, customerId, parcel }));
  }

  /** May be called again: an order that is cancelled stays cancelled. */
  cancel(): void {
    const { status, customerId, cents } = this.state;
    if (status === 'cancelled') return;
    if (status === 'shipped') throw new OrderRefused('order.is-shipped', `Order ${this.id} is shipped.`);
    const refundedCents = status === 'paid' ? cents : 0;
    this.raise(new OrderCancelled({ orderId: this.id, customerId, refundedCents }));
  }

  protected readonly evolve: Evolve<OrderState, OrderEvent> = {
    'order.placed': (_, { data: { customerId, article, quantity, cents } }) => ({
      customerId,
      article,
      quantity,
      cents,
      status: 'open',
    }),
    'order.paid': (state) => ({ ...state, status: 'paid' }),
    'order.shipped': (state) => ({ ...state, status: 'shipped' }),
    'order.cancelled': (state) => ({ ...state, status: 'cancelled' }),
  };
}
