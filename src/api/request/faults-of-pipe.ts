import { fieldErrors, isValidationError } from './field-errors.js';
import type { FieldError } from './invalid-request.error.js';

/**
 * The faults in the exception of the application's pipe, which runs before our own validation. Empty when its body
 * names none. Applications give these forms to `exceptionFactory`:
 *
 * - texts, as Nest's `ValidationPipe` does by default: `{ message: ['email must be an email'] }`
 * - the errors of class-validator: `new UnprocessableEntityException(errors)`
 * - a text for each field, and texts of inner objects below their names: `{ errors: { place: { floor: '...' } } }`
 * - a path and a text for each fault, as zod does: `{ errors: [{ path: ['place', 'floor'], message: '...' }] }`
 */
export function faultsOfPipe(response: unknown): FieldError[] {
  if (Array.isArray(response)) return response.flatMap(faultsOfEntry);
  const { message, errors } = Object(response) as { message?: unknown; errors?: unknown };
  if (Array.isArray(message)) return message.flatMap(faultsOfEntry);
  if (Array.isArray(errors)) return errors.flatMap(faultsOfEntry);
  return faultsByField(errors, '');
}

function faultsOfEntry(entry: unknown): FieldError[] {
  if (typeof entry === 'string') return [{ path: fieldOf(entry), message: entry }];
  if (isValidationError(entry)) return fieldErrors([entry]);
  const { path, message } = Object(entry) as { path?: unknown; message?: unknown };
  if (typeof message !== 'string') return [];
  const steps = Array.isArray(path) ? path : [path];
  return [{ path: steps.filter((step) => /^(string|number)$/.test(typeof step)).join('.'), message }];
}

function faultsByField(errors: unknown, parent: string): FieldError[] {
  if (typeof errors !== 'object' || errors === null) return [];
  return Object.entries(errors).flatMap(([name, fault]: [string, unknown]) => {
    const path = parent === '' ? name : `${parent}.${name}`;
    if (typeof fault === 'string') return [{ path, message: fault }];
    if (Array.isArray(fault)) return fault.map((each) => ({ path, message: String(each) }));
    return faultsByField(fault, path);
  });
}

/** The field with which a message of class-validator begins; empty for a message in other words. */
const fieldOf = (message: string) =>
  /^(?:each value in |property )?([\w.]+) (?:must|should) /.exec(message)?.[1] ?? '';
