import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { EventStore } from '../../../src/event-sourcing/index.js';
import { Bank } from './bank.js';
import { PaymentRefunded } from './refund.events.js';

export class RefundPayment extends Command<void> {
  constructor(
    readonly orderId: string,
    readonly cents: number,
  ) {
    super();
  }
}

@CommandHandler(RefundPayment)
export class RefundPaymentHandler implements ICommandHandler<RefundPayment> {
  constructor(
    private readonly bank: Bank,
    private readonly store: EventStore,
  ) {}

  /** At least once: the bank takes each order once, and the event is appended once. */
  async execute({ orderId, cents }: RefundPayment): Promise<void> {
    await this.bank.refund(orderId, cents);
    await this.store.appendToStream(`refund-${orderId}`, 'any', [new PaymentRefunded({ orderId, cents })]);
  }
}
