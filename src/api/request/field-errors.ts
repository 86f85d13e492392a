import type { ValidationError } from 'class-validator';
import type { FieldError } from './invalid-request.error.js';

/** Flattens class-validator's tree. A rule on every element is reported at the array. */
export function fieldErrors(errors: readonly ValidationError[], parent = ''): FieldError[] {
  return errors.flatMap((error) => {
    const path = joinPath(parent, error.property);
    const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
      path,
      message: message || `${path} breaks the rule ${rule}`, // a host may dismiss class-validator's message
    }));
    return [...own, ...fieldErrors(error.children ?? [], path)];
  });
}

/** Tells it by its shape: the application may have a copy of class-validator of its own. */
export const isValidationError = (error: unknown): error is ValidationError => {
  const { property, constraints, children } = Object(error) as Partial<ValidationError>;
  return typeof property === 'string' && (constraints !== undefined || children !== undefined);
};

function joinPath(parent: string, property: string): string {
  if (/^\d+$/.test(property)) return `${parent}[${property}]`;
  return parent === '' ? property : `${parent}.${property}`;
}
