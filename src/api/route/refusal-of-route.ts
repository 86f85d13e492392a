import { HttpException } from '@nestjs/common';
import { EventfoldError } from '../../event-sourcing/index.js';
import type { RepeatedRefusal } from '../../event-sourcing/for-service.js';

/** A 4xx exception of Nest that a route throws, in the form in which it can be stored with an idempotency key. */
export class RefusalOfRoute extends EventfoldError {
  readonly kind = 'invalid';
  readonly code = 'refused-by-route';

  constructor(readonly exception: HttpException) {
    super(exception.message, { cause: exception });
  }

  override get details() {
    return { status: this.exception.getStatus(), response: this.exception.getResponse() };
  }
}

/** The error itself, or a 4xx exception of Nest as a refusal. */
export function storable(error: unknown): unknown {
  return error instanceof HttpException && isOfClient(error.getStatus()) ? new RefusalOfRoute(error) : error;
}

/** The exception that the route threw at the first call; or the refusal itself, when it is Eventfold's. */
export function firstAnswerOf(repeated: RepeatedRefusal): Error {
  if (repeated.code !== ('refused-by-route' satisfies RefusalOfRoute['code'])) return repeated;
  const { status, response } = repeated.details as RefusalOfRoute['details'];
  return new HttpException(response, status);
}

const isOfClient = (status: number) =>
  status >= 400 && status < 500;
