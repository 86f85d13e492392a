import { Module } from '@nestjs/common';
import { AggregateRoot, DomainEvent, EventSourcingModule, type Evolve } from 'nest-eventfold';

export interface Placed {
  customer: string;
  cents: number;
}

export class OrderPlaced extends DomainEvent<'order.placed', Placed> {
  static readonly type = 'order.placed';
  readonly type = OrderPlaced.type;
}

export class Order extends AggregateRoot<Placed, OrderPlaced> {
  static readonly stream = 'order';
  static readonly events = [OrderPlaced];
  protected readonly initialState = { customer: '', cents: 0 };
  protected readonly evolve: Evolve<Placed, OrderPlaced> = { 'order.placed': (_, { data }) => data };

  static place(id: string, placed: Placed): Order {
    const order = new Order(id);
    order.raise(new OrderPlaced(placed));
    return order;
  }
}

@Module({ imports: [EventSourcingModule.forFeature({ aggregates: [Order] })] })
export class OrdersModule {}
