import { EventsHandler, type IEventHandler } from '@nestjs/cqrs';
import { Reaction, type Recorded } from '../../../src/event-sourcing/index.js';
import { OrderPaid } from './order.events.js';
import { Warehouse } from './warehouse.js';

@Reaction({ name: 'request-shipment' })
@EventsHandler(OrderPaid)
export class RequestShipment implements IEventHandler<Recorded<OrderPaid>> {
  constructor(private readonly warehouse: Warehouse) {}

  /** At least once: a request that a crash cuts off is sent again, with the same id. */
  async handle({ eventId, data: { orderId, article, quantity } }: Recorded<OrderPaid>): Promise<void> {
    await this.warehouse.requestShipment(eventId, { orderId, article, quantity });
  }
}
