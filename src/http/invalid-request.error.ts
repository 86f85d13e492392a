import type { ValidationError } from 'class-validator';
import { EventfoldError } from '../event-sourcing/index.js';

export interface FieldError {
  /** Where in the request: `email`, `preferences`, `limit`. */
  path: string;
  message: string;
}

/** The request breaks rules of its fields. */
export class InvalidRequest extends EventfoldError {
  readonly kind = 'invalid';
  readonly code = 'invalid-request';

  constructor(readonly errors: readonly FieldError[]) {
    super(errors.map(({ message }) => message).join('; '));
  }

  override get details() {
    return { errors: this.errors };
  }
}

/** Flattens class-validator's tree. A rule on every element is reported at the array. */
export function fieldErrors(errors: readonly ValidationError[], parent = ''): FieldError[] {
  return errors.flatMap((error) => {
    const path = joinPath(parent, error.property);
    const own = Object.values(error.constraints ?? {}).map((message) => ({ path, message }));
    return [...own, ...fieldErrors(error.children ?? [], path)];
  });
}

function joinPath(parent: string, property: string): string {
  if (/^\d+$/.test(property)) return `${parent}[${property}]`;
  return parent === '' ? property : `${parent}.${property}`;
}
