import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Observable } from 'rxjs';
import { MessageContext, startOfChain } from '../event-sourcing/index.js';
import { CORRELATION_HEADER, correlationIdOf } from './correlation.js';

/** Runs a request in the message context of its correlation id, and sends the id back. */
@Injectable()
export class MessageContextInterceptor implements NestInterceptor {
  constructor(
    private readonly context: MessageContext,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = execution.switchToHttp();
    const correlationId = correlationIdOf(http.getRequest());
    this.adapterHost.httpAdapter.setHeader(http.getResponse(), CORRELATION_HEADER, correlationId);
    const message = startOfChain(correlationId);
    // The handler runs at subscription, so that is what has to happen inside the context.
    return new Observable((subscriber) =>
      this.context.run(message, () => next.handle().subscribe(subscriber)),
    );
  }
}
