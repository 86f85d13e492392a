/**
 * Why the events of a stream cannot be folded. All of them are waited for, and nothing is left out meanwhile: the
 * projections show the message as their reason, and go on when the cause is gone.
 */
import { EventfoldError } from '../../event-sourcing/index.js';

/** The cluster does not answer, or has no leader for the stream. */
export class StreamAwayError extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'stream-away';

  constructor(stream: string, cause: unknown) {
    super(`The stream ${stream} cannot be read now: ${(cause as Error).message}`, { cause });
  }
}

/** The stream does not have the next event: it was removed, or the stream was begun in the middle of the log. */
export class EventsRemovedError extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'events-removed';

  constructor(
    stream: string,
    readonly needed: number,
    readonly first: number,
    whatFirst: 'begins' | 'goes on' = 'begins',
  ) {
    super(
      `The stream ${stream} ${whatFirst} at position ${first}, and position ${needed} is needed. Nothing is left out: ` +
        'fold from a stream that has it.',
    );
  }

  override get details() {
    return { needed: this.needed, first: this.first };
  }
}

/** The stream is none of a relay, or no longer the one whose events are folded. */
export class WrongStreamError extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'wrong-stream';

  constructor(stream: string, fact: string) {
    super(`The stream ${stream} is not the log that is folded here: ${fact}.`);
  }
}
