/** What may be a number that is not exact. A text without it, which is nearly every one, is not looked through. */
const SUSPECT = /(?:\d\.?){16}/;
/** Strings, to skip what is in them, and numbers. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.]*/g;

/**
 * The first number of a `jsonb` as text, which has no exponents, that JavaScript does not give back as it is written:
 * above 2^53, beyond the range of a double, or of more digits than it has. A reader would get another one without a
 * word.
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
