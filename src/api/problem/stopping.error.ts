import { EventfoldError } from '../../event-sourcing/index.js';

/** The service takes no more requests. Another instance does, or this one after its restart. */
export class Stopping extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'stopping';

  constructor(
    message = 'The service is stopping and takes no more requests. Nothing was done. Try again in a moment.',
  ) {
    super(message);
  }
}
