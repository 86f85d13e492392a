const UNIT_MS = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
} as const;

const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|[smhdw])/g;

/** The longest duration: a hundred years. */
export const LONGEST_MS = 100 * 365.25 * UNIT_MS.d;

/**
 * The duration in ms; undefined when the text is none, or is longer than a hundred years. It has numbers with a unit
 * each: `500ms`, `10s`, `30m`, `1h30m`, `2d`, `1w`. A day has 24 hours, whatever the time zone.
 */
export function parseDuration(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  const parts = [...text.matchAll(PART)];
  const ms = parts.reduce((sum, [, figure, unit]) => sum + Number(figure) * UNIT_MS[unit as 's'], 0);
  return ms <= LONGEST_MS ? ms : undefined;
}
