import type { Rule } from '../../options/rules.js';
import { parseDuration } from '../../timers/duration.js';

/** A number and its unit: `500ms`, `90s`, `30m`, `1h`, `14d`, `2w`. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd' | 'w'}`;

/** The length in ms; undefined when the value is no duration, or is longer than a hundred years. */
export const durationMs = (value: unknown): number | undefined =>
  typeof value === 'string' ? parseDuration(value) : undefined;

export const DURATION_IN_WORDS =
  'a number with the unit ms, s, m, h, d or w, such as "30m", of at most a hundred years';

export const DURATION: Rule<Duration> = {
  says: DURATION_IN_WORDS,
  accepts: (value) => durationMs(value) !== undefined,
};
