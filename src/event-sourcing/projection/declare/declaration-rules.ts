/** Rules of options of projections and reactions. */
import { isClass, listOf } from '../../options/class-lists.js';
import { DURATION_IN_WORDS, durationMs } from '../../options/duration.js';
import { isRecord } from '../../options/resolve-options.js';
import { optional, type Rule, wholeNumber } from '../../options/rules.js';

export const PARTITIONS = wholeNumber(1, 256, 1);

export const KEY: Rule = {
  isOptional: true,
  says: 'the name of a property of the data, or a function of the event',
  accepts: (value) => typeof value === 'function' || (typeof value === 'string' && value !== ''),
};

const touchedRows = (each: any) => isClass(each?.entity) && typeof each.key === 'function';

export const ROWS: Rule = {
  ...listOf('entries that touches(Entity, key) makes', touchedRows),
  byDefault: undefined,
};

const DAY_MS = 86_400_000;

export const LEASE: Rule = optional({
  says: 'a number with the unit ms, s, m, h or d, such as "15s", from "1s" to "1d"',
  accepts: (value) => isWithin(value, 1_000, DAY_MS),
});

export const RETRY: Rule = optional({
  says:
    `an object with "for", and "first" and "longest" or not: each ${DURATION_IN_WORDS}; ` +
    '"for" is at least "1s", "longest" at most "1d" ("1h" without it), and "first" at most "longest"',
  accepts: (value) =>
    isRecord(value) &&
    Object.keys(value).every((name) => ['for', 'first', 'longest'].includes(name)) &&
    isWithin(value['for'], 1_000, Infinity) &&
    isWithin(value['longest'] ?? '1h', 1, DAY_MS) &&
    isWithin(value['first'] ?? '1ms', 1, durationMs((value['longest'] ?? '1h') as string)!),
});

function isWithin(duration: unknown, fromMs: number, toMs: number): boolean {
  const ms = durationMs(duration);
  return ms !== undefined && ms >= fromMs && ms <= toMs;
}
