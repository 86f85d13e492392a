import type { Rule } from './rules.js';

const UNIT_MS = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
} as const;

/** Numbers with their units: `500ms`, `90s`, `1h30m`, `14d`, `2w`. A day has 24 hours, whatever the time zone. */
export type Duration = `${number}${keyof typeof UNIT_MS}`;

const FORM = /^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|[smhdw])/g;

/** The longest duration, in ms: a hundred years. PostgreSQL and JavaScript have a time that far ahead. */
export const LONGEST_MS = 100 * 365.25 * UNIT_MS.d;

/** The length in ms; undefined when the value is no duration, or is longer than a hundred years. */
export function durationMs(value: unknown): number | undefined {
  if (typeof value !== 'string' || !FORM.test(value)) return undefined;
  const parts = [...value.matchAll(PART)];
  const ms = parts.reduce((sum, [, figure, unit]) => sum + Number(figure) * UNIT_MS[unit as 's'], 0);
  return ms <= LONGEST_MS ? ms : undefined;
}

export const DURATION_IN_WORDS =
  'a number with the unit ms, s, m, h, d or w, such as "30m" or "1h30m", of at most a hundred years';

export const DURATION: Rule<Duration> = {
  says: DURATION_IN_WORDS,
  accepts: (value) => durationMs(value) !== undefined,
};
