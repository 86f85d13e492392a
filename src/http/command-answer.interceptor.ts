import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { map, type Observable } from 'rxjs';

/** What command handlers give back; `repeated` says that the event was in the log already. */
interface Receipt {
  version: number;
  userId?: string;
  eventId?: string;
  position: number;
  repeated?: boolean;
}

/** Makes a receipt an answer: the version as `ETag`, a repeat as `Idempotent-Replayed`, the rest as the body. */
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
        if (receipt.repeated) setHeader('Idempotent-Replayed', 'true');
        const { userId, eventId, version, position } = receipt;
        return eventId === undefined ? { userId, version, position } : { eventId, position };
      }),
    );
  }
}
