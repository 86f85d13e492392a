import { EventfoldError } from '../event-sourcing/index.js';

export class ContentNotFound extends EventfoldError {
  readonly kind = 'not-found';
  readonly code = 'content.not-found';

  constructor(contentId: string) {
    super(
      `Nothing is known of content "${contentId}", or not yet: send Read-After with the position of its event.`,
    );
  }
}
