import type { Rule } from './rules.js';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A number and its unit: `500ms`, `90s`, `30m`, `1h`, `14d`. */
export type Duration = `${number}${keyof typeof UNITS}`;

const FORM = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
/** The longest duration, in ms: 10 years. PostgreSQL and JavaScript still have a time that is so far ahead. */
const LONGEST = 3_650 * UNITS.d;

/** The length in ms; undefined when the text is no duration, or is longer than 3,650 days. */
export function durationMs(text: unknown): number | undefined {
  const [, figure, unit] = (typeof text === 'string' && FORM.exec(text)) || [];
  if (figure === undefined) return undefined;
  const ms = Math.round(Number(figure) * UNITS[unit as keyof typeof UNITS]);
  return ms <= LONGEST ? ms : undefined;
}

export const DURATION_IN_WORDS =
  'a number with the unit ms, s, m, h or d, such as "30m", of at most 3,650 days';

export const DURATION: Rule<Duration> = {
  says: DURATION_IN_WORDS,
  accepts: (value) => durationMs(value) !== undefined,
};
