/** Rules of lists of classes, such as modules and projections declare. */
import type { Rule } from './rules.js';

export const isClass = (value: unknown) => typeof value === 'function' && value.prototype !== undefined;
export const isNamed = (value: unknown) => typeof value === 'string' && value !== '';
/** `undefined` in a list is what a circular import leaves of a class. */
const UNDEFINED = '; a circular import leaves its class undefined';

export function listOf(what: string, isOne: (each: any) => boolean): Rule<readonly any[]> {
  return {
    byDefault: [],
    says: `an array of ${what}${UNDEFINED}`,
    accepts: (value) => Array.isArray(value) && value.every((each) => isOne(each)),
  };
}
