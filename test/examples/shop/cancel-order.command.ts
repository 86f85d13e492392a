import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { EventSourcedRepository, InjectAggregates } from '../../../src/event-sourcing/index.js';
import { Order } from './order.js';
import { Stock } from './stock.js';

export class CancelOrder extends Command<{ orderId: string; position: number }> {
  constructor(readonly orderId: string) {
    super();
  }
}

/** Gives the order's articles back to the stock, once: an order that is cancelled already raises no event. */
@CommandHandler(CancelOrder)
export class CancelOrderHandler implements ICommandHandler<CancelOrder> {
  constructor(
    private readonly dataSource: DataSource,
    private readonly stock: Stock,
    @InjectAggregates(Order) private readonly orders: EventSourcedRepository<Order>,
  ) {}

  async execute({ orderId }: CancelOrder) {
    const cancelled = await this.dataSource.transaction((manager) => {
      const cancel = async (order: Order) => {
        order.cancel();
        const { article, quantity } = order.state;
        if (order.uncommittedEvents.length > 0) await this.stock.giveBack(article, quantity, manager);
      };
      return this.orders.update(orderId, cancel, { manager, at: 'commit' });
    });
    return { orderId, position: cancelled.position };
  }
}
