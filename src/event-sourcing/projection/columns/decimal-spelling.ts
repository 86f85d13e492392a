const NUMBER = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?\s*$/i;
const WORDS: Readonly<Record<string, string>> = {
  nan: 'NaN',
  infinity: 'Infinity',
  '+infinity': 'Infinity',
  '-infinity': '-Infinity',
};

/**
 * A number as PostgreSQL writes a `numeric`: without exponent, with the given digits after the point, or with `scale`
 * of them, rounded half away from zero. A text that is no number is left for PostgreSQL to refuse.
 */
export function decimal(value: unknown, scale?: number): string {
  const text = String(value);
  const parts = NUMBER.exec(text);
  const [, sign, whole = '', fraction = '', exponent = '0'] = parts ?? [];
  if (parts === null || whole + fraction === '') return WORDS[text.trim().toLowerCase()] ?? text;
  const shift = Number(exponent);
  const digits = shift < 0 ? '0'.repeat(-shift) + whole + fraction : whole + fraction.padEnd(shift, '0');
  const behind = Math.max(fraction.length - shift, 0);
  return spelled(sign === '-', digits, behind, scale ?? behind);
}

/** The same text for numbers that PostgreSQL considers equal: 1, 1.0 and 1e0. */
export function canonicalDecimal(value: unknown, scale?: number): string {
  const text = decimal(value, scale);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function spelled(isNegative: boolean, digits: string, behind: number, scale: number): string {
  let number = BigInt(digits);
  const surplus = BigInt(10) ** BigInt(Math.max(behind - scale, 0));
  number = (number + surplus / 2n) / surplus;
  const all = String(number) + '0'.repeat(Math.max(scale - behind, 0));
  const text = all.padStart(scale + 1, '0');
  const sign = isNegative && number > 0n ? '-' : '';
  return scale === 0 ? sign + text : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}
