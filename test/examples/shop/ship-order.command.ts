import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { EventSourcedRepository, InjectAggregates } from '../../../src/event-sourcing/index.js';
import { Order } from './order.js';

export class ShipOrder extends Command<{ orderId: string; position: number }> {
  constructor(
    readonly orderId: string,
    readonly parcel: string,
  ) {
    super();
  }
}

@CommandHandler(ShipOrder)
export class ShipOrderHandler implements ICommandHandler<ShipOrder> {
  constructor(@InjectAggregates(Order) private readonly orders: EventSourcedRepository<Order>) {}

  async execute({ orderId, parcel }: ShipOrder) {
    const { position } = await this.orders.update(orderId, (order) => order.ship(parcel));
    return { orderId, position };
  }
}
