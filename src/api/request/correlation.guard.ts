import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { CORRELATION_HEADER, correlationIdOf } from './correlation.js';

/** Refuses a request whose correlation id cannot be used. Sends the id back. */
@Injectable()
export class CorrelationGuard implements CanActivate {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  /** @throws InvalidRequest */
  canActivate(execution: ExecutionContext): boolean {
    const http = execution.switchToHttp();
    const correlationId = correlationIdOf(http.getRequest());
    this.adapterHost.httpAdapter.setHeader(http.getResponse(), CORRELATION_HEADER, correlationId);
    return true;
  }
}
