/** Matches what may be an inexact number. A text without a match, as nearly all are, is not parsed. */
const SUSPECT = /(?:\d\.?){16}/;
/** Matches strings, so that numbers in them are skipped, and numbers. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.]*/g;

/**
 * The first number in the text of a `jsonb` that JavaScript does not keep as it is written: above 2^53, beyond the
 * range of a double, or with more digits than a double has. A reader would silently get another number. The text of a
 * `jsonb` has no exponents.
 */
export function inexactNumber(json: string): string | undefined {
  if (!SUSPECT.test(json)) return undefined;
  for (const [token] of json.matchAll(TOKEN)) {
    if (!token.startsWith('"') && !isExact(token)) return token;
  }
  return undefined;
}

const isExact = (written: string) => plain(written) === plain(String(Number(written)));

/** One spelling for each number: `-1.50e3`, `-1500` and `-15e2` are `-15e2`. */
function plain(written: string): string {
  const [, sign, whole, fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(written) ?? [];
  if (whole === undefined) return written; // Infinity
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
