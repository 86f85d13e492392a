import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { EventSourcedRepository, InjectAggregates } from '../../../src/event-sourcing/index.js';
import { Order } from './order.js';
import { Stock } from './stock.js';

export class PlaceOrder extends Command<{ orderId: string; position: number }> {
  constructor(
    readonly orderId: string,
    readonly customerId: string,
    readonly article: string,
    readonly quantity: number,
  ) {
    super();
  }
}

/** Takes articles from the stock, a table of the shop, and stores the order, in one transaction: both or none. */
@CommandHandler(PlaceOrder)
export class PlaceOrderHandler implements ICommandHandler<PlaceOrder> {
  constructor(
    private readonly dataSource: DataSource,
    private readonly stock: Stock,
    @InjectAggregates(Order) private readonly orders: EventSourcedRepository<Order>,
  ) {}

  async execute({ orderId, customerId, article, quantity }: PlaceOrder) {
    const placed = await this.dataSource.transaction(async (manager) => {
      const price = await this.stock.take(article, quantity, manager);
      const order = Order.place(orderId, { customerId, article, quantity, cents: price * quantity });
      return this.orders.create(order, { manager, at: 'commit' });
    });
    return { orderId, position: placed.position };
  }
}
