import { EventfoldError } from '../../../src/event-sourcing/index.js';

/** The service that pays back. It takes each order once. */
export abstract class Bank {
  /** @throws RefundTooMuch; any other error means: try again */
  abstract refund(orderId: string, cents: number): Promise<void>;
}

/** The bank pays back a part of it only. */
export class RefundTooMuch extends EventfoldError {
  readonly kind = 'refused';
  readonly code = 'refund.too-much';

  constructor(private readonly possibleCents: number) {
    super(`At most ${possibleCents} cents can be paid back.`);
  }

  override get details() {
    return { possibleCents: this.possibleCents };
  }
}
