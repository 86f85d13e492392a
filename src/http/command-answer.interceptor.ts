import { type CallHandler, type ExecutionContext, Injectable } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { REPLAYED_HEADER } from './headers.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';

/** What command handlers give back. */
export interface Receipt {
  version: number;
  userId?: string;
  eventId?: string;
  position: number;
  /** The event was in the log already. */
  repeated?: boolean;
  /** Where to find what was created. */
  location?: string;
}

/**
 * Makes a receipt an answer: version, place and repetition are headers, the rest is the body. It is also what runs the
 * route once under an idempotency key: each interceptor costs every request a promise, an async resource and a
 * subscription, so these are one.
 */
@Injectable()
export class CommandAnswerInterceptor extends IdempotencyInterceptor {
  override intercept(execution: ExecutionContext, next: CallHandler<Receipt>): Observable<object> {
    const response: unknown = execution.switchToHttp().getResponse();
    return super.intercept(execution, next).pipe(map((receipt) => this.answer(response, receipt as Receipt)));
  }

  private answer(response: unknown, { version, position, repeated, location, ...ids }: Receipt): object {
    this.setHeader(response, 'ETag', `"${version}"`);
    if (repeated) this.setHeader(response, REPLAYED_HEADER, 'true');
    if (location !== undefined) this.setHeader(response, 'Location', location);
    const { userId, eventId } = ids;
    return eventId === undefined ? { userId, version, position } : { eventId, position };
  }
}
