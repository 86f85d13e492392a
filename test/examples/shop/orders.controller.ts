import {
  Body,
  Controller,
  Get,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Post,
  Query,
  UseFilters,
} from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { IsInt, IsOptional, IsPositive, IsString, IsUUID } from 'class-validator';
import { randomUUID } from 'node:crypto';
import { CancelOrder } from './cancel-order.command.js';
import { GetCustomerTotals } from './get-customer-totals.query.js';
import { PayOrder } from './pay-order.command.js';
import { PlaceOrder } from './place-order.command.js';
import { ShipOrder } from './ship-order.command.js';
import { ShopErrors } from './shop-errors.filter.js';

class OrderBody {
  @IsOptional() @IsUUID() orderId?: string;
  @IsString() customerId: string;
  @IsString() article: string;
  @IsInt() @IsPositive() quantity: number;
}

class PaymentBody {
  @IsInt() @IsPositive() cents: number;
}

class ShipmentBody {
  @IsString() parcel: string;
}

/** The shop's own controller, with its own filter. The application's pipe checks bodies. */
@Controller()
@UseFilters(ShopErrors)
export class OrdersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post('orders')
  place(@Body() { orderId = randomUUID(), customerId, article, quantity }: OrderBody) {
    return this.commands.execute(new PlaceOrder(orderId, customerId, article, quantity));
  }

  @Post('orders/:orderId/payment')
  @HttpCode(200)
  pay(@Param('orderId', ParseUUIDPipe) orderId: string, @Body() { cents }: PaymentBody) {
    return this.commands.execute(new PayOrder(orderId, cents));
  }

  @Post('orders/:orderId/shipment')
  @HttpCode(200)
  ship(@Param('orderId', ParseUUIDPipe) orderId: string, @Body() { parcel }: ShipmentBody) {
    return this.commands.execute(new ShipOrder(orderId, parcel));
  }

  @Post('orders/:orderId/cancellation')
  @HttpCode(200)
  cancel(@Param('orderId', ParseUUIDPipe) orderId: string) {
    return this.commands.execute(new CancelOrder(orderId));
  }

  @Get('customers/:customerId/totals')
  totals(@Param('customerId') customerId: string, @Query('after') after?: string) {
    return this.queries.execute(new GetCustomerTotals(customerId, after === undefined ? 0 : Number(after)));
  }
}
