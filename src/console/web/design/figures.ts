/** Numbers and spans of time as a person reads them, in the language of the browser. */
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const precise = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });

/** 1234567 as 1,234,567. */
export const grouped = (value: number): string => whole.format(value);

/** A rate or a duration: three digits are enough. */
export const rounded = (value: number): string => (Math.abs(value) >= 100 ? whole : precise).format(value);

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : many}`;

/** A span of time in its two greatest units: "3 min 20 s". */
export function duration(seconds: number): string {
  if (seconds < 1) return `${rounded(seconds * 1_000)} ms`;
  if (seconds < 10) return `${precise.format(seconds)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return joined(minutes, 'min', Math.round(seconds % 60), 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return joined(hours, 'h', minutes % 60, 'min');
  return joined(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

const joined = (first: number, unit: string, second: number, smaller: string): string =>
  second === 0 ? `${grouped(first)} ${unit}` : `${grouped(first)} ${unit} ${second} ${smaller}`;
