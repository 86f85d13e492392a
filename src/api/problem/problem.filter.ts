import {
  type ArgumentsHost,
  BadRequestException,
  Catch,
  type ExceptionFilter,
  Injectable,
  Logger,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { IncomingMessage } from 'node:http';
import { CORRELATION_HEADER, type HttpRequest, knownIdOf } from '../request/correlation.js';
import { type Problem, problemOf } from './error-to-problem.js';

/** Answers every error as `application/problem+json`, and logs the errors of our side. */
@Catch()
@Injectable()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('HTTP');

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const { httpAdapter } = this.adapterHost;
    const request = http.getRequest<HttpRequest & { raw?: IncomingMessage }>();
    const cause = wasCutOff(request.raw) ? new BadRequestException('The request was cut off.') : error;
    const problem = problemOf(cause, knownIdOf(request));
    this.log(problem, error);
    const response = http.getResponse();
    if (httpAdapter.isHeadersSent(response)) return;
    httpAdapter.setHeader(response, 'Content-Type', 'application/problem+json; charset=utf-8');
    httpAdapter.setHeader(response, CORRELATION_HEADER, problem.correlationId);
    if (problem.status === 503) httpAdapter.setHeader(response, 'Retry-After', '1');
    httpAdapter.reply(response, JSON.stringify(problem), problem.status);
  }

  private log(problem: Problem, error: unknown): void {
    if (problem.status < 500) return;
    const text = `${problem.type} (correlation id ${problem.correlationId}): ${String(error)}`;
    if (problem.status === 503) this.logger.warn(text);
    else this.logger.error(text, error instanceof Error ? error.stack : undefined);
  }
}

/** The client closed the connection in the middle of its body. The error of the socket looks like a lost database. */
function wasCutOff(request: IncomingMessage | undefined): boolean {
  return request !== undefined && request.destroyed && !request.complete;
}
