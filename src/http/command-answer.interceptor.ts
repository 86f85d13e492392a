import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { map, type Observable } from 'rxjs';
import { REPLAYED_HEADER } from './headers.js';

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

/** Makes a receipt an answer: version, place and repetition are headers, the rest is the body. */
@Injectable()
export class CommandAnswerInterceptor implements NestInterceptor {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  intercept(execution: ExecutionContext, next: CallHandler<Receipt>): Observable<unknown> {
    const response = execution.switchToHttp().getResponse();
    const setHeader = (name: string, value: string) =>
      this.adapterHost.httpAdapter.setHeader(response, name, value);
    return next.handle().pipe(
      map((receipt) => {
        setHeader('ETag', `"${receipt.version}"`);
        if (receipt.repeated) setHeader(REPLAYED_HEADER, 'true');
        if (receipt.location !== undefined) setHeader('Location', receipt.location);
        const { userId, eventId, version, position } = receipt;
        return eventId === undefined ? { userId, version, position } : { eventId, position };
      }),
    );
  }
}
