import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventSourcingModule } from '../../../src/event-sourcing/index.js';
import { CancelOrderHandler } from './cancel-order.command.js';
import { CustomerTotals } from './customer-totals.entity.js';
import { CustomerTotalsProjection } from './customer-totals.projection.js';
import { GetCustomerTotalsHandler } from './get-customer-totals.query.js';
import { Order } from './order.js';
import { OrdersController } from './orders.controller.js';
import { PayOrderHandler } from './pay-order.command.js';
import { PlaceOrderHandler } from './place-order.command.js';
import { RequestShipment } from './request-shipment.reaction.js';
import { ShipOrderHandler } from './ship-order.command.js';
import { Stock, StockItem } from './stock.js';
import { HttpWarehouse, Warehouse } from './warehouse.js';

@Module({})
export class ShopModule {
  static forRoot(warehouseUrl: string): DynamicModule {
    return {
      module: ShopModule,
      imports: [
        TypeOrmModule.forFeature([StockItem]),
        EventSourcingModule.forFeature({ aggregates: [Order], rows: [CustomerTotals] }),
      ],
      controllers: [OrdersController],
      providers: [
        Stock,
        PlaceOrderHandler,
        PayOrderHandler,
        ShipOrderHandler,
        CancelOrderHandler,
        CustomerTotalsProjection,
        GetCustomerTotalsHandler,
        RequestShipment,
        { provide: Warehouse, useFactory: () => new HttpWarehouse(warehouseUrl) },
      ],
    };
  }
}
