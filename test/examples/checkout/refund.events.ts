import { DomainEvent } from '../../../src/event-sourcing/index.js';

interface Refund {
  orderId: string;
  cents: number;
}

export class PaymentRefunded extends DomainEvent<'payment.refunded', Refund> {
  static readonly type = 'payment.refunded';
  readonly type = PaymentRefunded.type;
}

export class VoucherIssued extends DomainEvent<'voucher.issued', Refund> {
  static readonly type = 'voucher.issued';
  readonly type = VoucherIssued.type;
}
