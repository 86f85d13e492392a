import { EventsHandler, type IEventHandler } from '@nestjs/cqrs';
import { InjectRows, Projection, type Recorded, Rows, touches } from '../../../src/event-sourcing/index.js';
import { CustomerTotals } from './customer-totals.entity.js';
import { ORDER_EVENTS, type OrderEvent } from './order.events.js';

@Projection({
  name: 'customer-totals',
  revision: 1,
  key: 'customerId',
  rows: [touches(CustomerTotals, ({ data: { customerId } }: Recorded<OrderEvent>) => ({ customerId }))],
})
@EventsHandler(...ORDER_EVENTS)
export class CustomerTotalsProjection implements IEventHandler<Recorded<OrderEvent>> {
  constructor(@InjectRows(CustomerTotals) private readonly rows: Rows<CustomerTotals>) {}

  handle(event: Recorded<OrderEvent>): void {
    const { customerId } = event.data;
    const row = this.rows.find({ customerId }) ?? { customerId, orders: 0, shipped: 0, paidCents: 0 };
    if (event.type === 'order.placed') row.orders++;
    if (event.type === 'order.paid') row.paidCents += event.data.cents;
    if (event.type === 'order.shipped') row.shipped++;
    if (event.type === 'order.cancelled') {
      row.orders--;
      row.paidCents -= event.data.refundedCents;
    }
    this.rows.put(row);
  }
}
