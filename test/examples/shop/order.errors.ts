import { EventfoldError } from '../../../src/event-sourcing/index.js';

/** A rule of the shop refuses the command. */
export class OrderRefused extends EventfoldError {
  readonly kind = 'refused';

  constructor(
    readonly code:
      'order.out-of-stock' | 'order.wrong-amount' | 'order.not-open' | 'order.not-paid' | 'order.is-shipped',
    message: string,
  ) {
    super(message);
  }
}
