import { type DynamicModule, Module } from '@nestjs/common';
import { EventSourcingModule } from '../../../src/event-sourcing/index.js';
import { Bank } from './bank.js';
import { Checkout } from './checkout.process.js';
import { PaymentRefunded, VoucherIssued } from './refund.events.js';
import { RefundPaymentHandler } from './refund-payment.command.js';

@Module({})
export class CheckoutModule {
  static forRoot(bank: Bank): DynamicModule {
    return {
      module: CheckoutModule,
      imports: [EventSourcingModule.forFeature({ events: [PaymentRefunded, VoucherIssued] })],
      providers: [Checkout, RefundPaymentHandler, { provide: Bank, useValue: bank }],
    };
  }
}
