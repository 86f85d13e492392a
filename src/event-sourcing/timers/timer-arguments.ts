/** The rules for the arguments of `Timers`. The event and the stream are checked as those of an append. */
import { isRecord } from '../options/resolve-options.js';
import { callOptions, oneOf, optional, type Rule, type Rules, wholeNumber } from '../options/rules.js';
import { COMPARED_TEXT, INSTANT, MANAGER, STORABLE_TEXT } from '../log/argument-rules.js';
import { canonicalUuid } from '../event/uuid.js';
import { LONGEST_MS, durationMs } from '../options/duration.js';
import { type Due, KEPT_STATES } from './timer.js';

/** The times that JavaScript and PostgreSQL write alike. */
const FIRST_TIME = Date.parse('0001-01-01T00:00:00.000Z');
const LAST_TIME = Date.parse('9999-12-31T23:59:59.999Z');

/** When a timer is due: at an instant, or after a duration, `{ in: '30m' }` or `{ in: 500 }` (ms). */
export type DueTime = Date | { readonly in: string | number };

/** Whether the value is a time that a timer may be due at. */
export const isInstant = (value: unknown): value is Date =>
  INSTANT.accepts(value) && (value as Date).getTime() >= FIRST_TIME && (value as Date).getTime() <= LAST_TIME;

const isDuration = (value: unknown) =>
  typeof value === 'number' ? value >= 0 && value <= LONGEST_MS : durationMs(String(value)) !== undefined;

const AT: Rule<DueTime> = {
  says:
    'a valid Date of the years 1 to 9999, or { in } with a duration of at most 100 years: ms as a number, or a text ' +
    'such as "30m" or "1h30m"',
  accepts: (value) =>
    isInstant(value) || (isRecord(value) && Object.keys(value).join() === 'in' && isDuration(value.in)),
};

const ID: Rule<string> = { says: 'a UUID', accepts: (value) => canonicalUuid(value) !== undefined };

export const SCHEDULE: Rules = {
  at: AT,
  event: { says: 'an event', accepts: isRecord },
  options: callOptions({
    stream: STORABLE_TEXT,
    id: optional(ID),
    key: optional(STORABLE_TEXT),
    name: optional(STORABLE_TEXT),
    manager: MANAGER,
  }),
};

const MANAGED = callOptions({ manager: MANAGER });

export const MOVE: Rules = { id: ID, at: AT, options: MANAGED };
export const CANCEL: Rules = { id: ID, options: MANAGED };
export const FIND: Rules = { id: ID };
export const MOVE_TO: Rules = { id: ID, at: AT };
export const ACT_ON: Rules = { id: ID };

export const LIST: Rules = {
  page: callOptions({
    state: optional(oneOf(...KEPT_STATES)),
    process: optional(COMPARED_TEXT),
    key: optional(COMPARED_TEXT),
    name: optional(COMPARED_TEXT),
    limit: optional(wholeNumber(1, 10_000)),
    cursor: optional(COMPARED_TEXT),
  }),
};

export const dueOf = (at: DueTime): Due => {
  if (at instanceof Date) return at;
  return { ms: typeof at.in === 'number' ? at.in : durationMs(at.in)! };
};
