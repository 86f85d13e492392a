/** Rules for lists of classes, as modules and projections declare them. */
import type { Rule } from './rules.js';

export const isClass = (value: unknown) => typeof value === 'function' && value.prototype !== undefined;
export const isNamed = (value: unknown) => typeof value === 'string' && value !== '';
/** The `imports` of a dynamic module. */
export const MODULES: Rule = {
  isOptional: true,
  says: 'an array of modules',
  accepts: (value) => Array.isArray(value),
};

/** A circular import leaves `undefined` in a list instead of a class. */
const UNDEFINED = '; a circular import leaves its class undefined';

export function listOf(what: string, isOne: (each: any) => boolean): Rule<readonly any[]> {
  return {
    byDefault: [],
    says: `an array of ${what}${UNDEFINED}`,
    accepts: (value) => Array.isArray(value) && value.every((each) => isOne(each)),
  };
}
