import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { EventfoldErrorMapping } from '../../../src/api/index.js';
import { EventfoldError } from '../../../src/event-sourcing/index.js';

/** The errors of Eventfold, in a format of the library's own. */
@Catch(EventfoldError)
export class LibraryErrors implements ExceptionFilter<EventfoldError> {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(error: EventfoldError, host: ArgumentsHost): void {
    const { status, code, detail, details } = EventfoldErrorMapping.of(error)!;
    const body = { error: { code, message: detail, ...details } };
    this.adapterHost.httpAdapter.reply(host.switchToHttp().getResponse(), body, status);
  }
}
