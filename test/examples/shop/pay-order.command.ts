import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { EventSourcedRepository, InjectAggregates } from '../../../src/event-sourcing/index.js';
import { Order } from './order.js';

export class PayOrder extends Command<{ orderId: string; position: number }> {
  constructor(
    readonly orderId: string,
    readonly cents: number,
  ) {
    super();
  }
}

@CommandHandler(PayOrder)
export class PayOrderHandler implements ICommandHandler<PayOrder> {
  constructor(@InjectAggregates(Order) private readonly orders: EventSourcedRepository<Order>) {}

  async execute({ orderId, cents }: PayOrder) {
    const { position } = await this.orders.update(orderId, (order) => order.pay(cents));
    return { orderId, position };
  }
}
