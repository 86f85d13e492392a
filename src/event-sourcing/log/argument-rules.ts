/** Rules for arguments that methods of several rooms take. */
import { types } from 'node:util';
import { isStorableText } from '../event/storable-value.js';
import { optional, type Rule, wholeNumber } from '../options/rules.js';
import { isEntityManager } from '../postgres/data-source-of.js';

/** Positions and versions may be beyond the end of the log: there is nothing yet. */
export const POSITION = wholeNumber(0, Number.MAX_SAFE_INTEGER);
export const VERSION = POSITION;
/** The most items that a call returns. */
export const COUNT = wholeNumber(0, Number.MAX_SAFE_INTEGER);
/** Without an event a page would not move on. */
export const PAGE_SIZE = optional(wholeNumber(1, Number.MAX_SAFE_INTEGER));

/** A text that PostgreSQL compares with others. */
export const COMPARED_TEXT: Rule<string> = {
  says: 'a text without \\u0000 and without half of a surrogate pair',
  accepts: (value) => typeof value === 'string' && isStorableText(value),
};

/** A name or key that PostgreSQL looks for. */
export const STORABLE_TEXT: Rule<string> = {
  says: 'a text that is not empty, without \\u0000 and without half of a surrogate pair',
  accepts: (value) => value !== '' && COMPARED_TEXT.accepts(value),
};

/** The longest reason of an act, in characters. */
export const MAX_REASON = 1_000;

/** Why somebody acts, for those who read it later. */
export const REASON: Rule<string> = {
  says: 'a text that is not blank, of at most 1,000 characters, without \\u0000 and without half of a surrogate pair',
  accepts: (value) => COMPARED_TEXT.accepts(value) && value.trim() !== '' && value.length <= MAX_REASON,
};

/** The earliest time of PostgreSQL: in 4713 BC. */
const FIRST_TIME = Date.UTC(-4_712, 0, 1);

export const INSTANT: Rule<Date> = {
  says: 'a valid Date from 4713 BC on',
  accepts: (value) => types.isDate(value) && value.getTime() >= FIRST_TIME,
};

export const MANAGER: Rule = optional({
  says: "an EntityManager of TypeORM, such as a transaction's",
  accepts: isEntityManager,
});

export const SIGNAL: Rule<AbortSignal> = {
  says: 'an AbortSignal',
  accepts: (value) => typeof value?.throwIfAborted === 'function',
};

export const arrayOf = (what: string, isOne: (each: any) => boolean): Rule<readonly any[]> => ({
  says: `an array of ${what}`,
  accepts: (value) => Array.isArray(value) && value.every(isOne),
});

/** No event has an empty type. */
export const EVENT_TYPES = optional(
  arrayOf('texts that are not empty, without \\u0000 and without half of a surrogate pair', (type) =>
    STORABLE_TEXT.accepts(type),
  ),
);
