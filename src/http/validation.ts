import { type Type, ValidationPipe, type ValidationPipeOptions } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { type FieldError, fieldErrors, InvalidRequest } from './invalid-request.error.js';

const OPTIONS = {
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  stopAtFirstError: true,
  validationError: { target: false, value: false },
} satisfies ValidationPipeOptions;

/** Checks bodies and parameters by the decorators of their classes. Unknown properties are errors. */
export const requestValidation = () =>
  new ValidationPipe({
    ...OPTIONS,
    transform: true,
    exceptionFactory: (errors) => new InvalidRequest(fieldErrors(errors)),
  });

/** Checks one value against a class, for bodies whose parts are judged one by one. */
export function check<Body extends object>(
  bodyClass: Type<Body>,
  value: unknown,
): { body: Body } | { errors: FieldError[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { errors: [{ path: '', message: 'must be an object' }] };
  }
  const body = plainToInstance(bodyClass, value);
  const errors = fieldErrors(validateSync(body, OPTIONS));
  return errors.length > 0 ? { errors } : { body };
}
