import { type ArgumentsHost, Catch, type ExceptionFilter, HttpStatus } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type ErrorKind, EventfoldError } from '../../../src/event-sourcing/index.js';

const STATUS: Record<ErrorKind, HttpStatus> = {
  invalid: HttpStatus.BAD_REQUEST,
  'not-found': HttpStatus.NOT_FOUND,
  refused: HttpStatus.UNPROCESSABLE_ENTITY,
  conflict: HttpStatus.CONFLICT,
  unavailable: HttpStatus.SERVICE_UNAVAILABLE,
  broken: HttpStatus.INTERNAL_SERVER_ERROR,
};

/** Answers errors of Eventfold and of the shop's own rules in the format of the shop. */
@Catch(EventfoldError)
export class ShopErrors implements ExceptionFilter<EventfoldError> {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(error: EventfoldError, host: ArgumentsHost): void {
    const status = STATUS[error.kind];
    const isOurs = status === HttpStatus.INTERNAL_SERVER_ERROR;
    const body = { error: error.code, message: isOurs ? 'Something is wrong here.' : error.detail };
    this.adapterHost.httpAdapter.reply(host.switchToHttp().getResponse(), body, status);
  }
}
