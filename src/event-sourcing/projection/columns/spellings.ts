import { types } from 'node:util';
import type { ColumnMetadata } from '../../postgres/column-conversion.js';

/** A value of a text column, as JSON for PostgreSQL. */
export function textToJson(value: any): string {
  if (typeof value === 'string') return value;
  if (types.isDate(value)) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** JSON would turn infinity and NaN into null, and it has no -0, so these become texts. */
export function numberToJson(value: unknown): unknown {
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0) ? value : numeral(value);
  return typeof value === 'bigint' ? String(value) : value;
}

const numeral = (value: number) => (Object.is(value, -0) ? '-0' : String(value));

/** The shortest number that is the same `real`, as PostgreSQL prints it. */
export function shortestReal(value: unknown): number {
  const real = Math.fround(Number(value));
  for (let digits = 1; digits < 9; digits++) {
    const shorter = Number(real.toPrecision(digits));
    if (Math.fround(shorter) === real) return shorter;
  }
  return real === 0 || !Number.isFinite(real) ? real : Number(real.toPrecision(9));
}

export function booleanOf(value: unknown): boolean {
  return typeof value === 'string' ? /^\s*(t|y|on|1)/i.test(value) : Boolean(value);
}

/** The same key for an integer of any size, given as a number or as a string. */
export function integerKey(value: unknown): number | string {
  if (typeof value === 'number') return value;
  const text = String(value);
  if (!/^\s*[+-]?\d+\s*$/.test(text)) return text;
  return Number.isSafeInteger(Number(text)) ? Number(text) : String(BigInt(text.trim().replace('+', '')));
}

/** Whether a value is written as PostgreSQL writes a UUID. PostgreSQL checks whether it is one. */
export const isUuid = (value: unknown): value is string =>
  typeof value === 'string' && value.length === 36 && value.toLowerCase() === value;

/** A UUID as PostgreSQL writes it, from any form that PostgreSQL reads: in capitals, in braces, without hyphens. */
export function uuid(value: unknown): string {
  if (isUuid(value)) return value;
  const digits = String(value).toLowerCase().replaceAll(/[{}-]/g, '');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** @throws TypeError for a format that only PostgreSQL can read */
export function dateKey(value: unknown): string {
  const text = String(value);
  if (/^\d{4,}-\d\d-\d\d( BC)?$|^-?infinity$/.test(text)) return text;
  throw new TypeError(`A date that is a key must be spelled YYYY-MM-DD, and is "${text}".`);
}

/** A text of `char(n)`, which PostgreSQL pads with blanks. */
export function padded(value: unknown, length: number): string {
  const text = textToJson(value);
  return text + ' '.repeat(Math.max(length - Array.from(text).length, 0));
}

export const withoutTrailingBlanks = (value: unknown) => textToJson(value).replace(/ +$/, '');

export function bytesToText(value: unknown): unknown {
  if (!ArrayBuffer.isView(value)) return value;
  return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`;
}

/** Bytes from either form of `bytea_output`. */
export function bytesFromText(text: string): Buffer {
  if (text.startsWith('\\x')) return Buffer.from(text.slice(2), 'hex');
  const bytes = text.replaceAll(/\\([0-7]{3}|\\)/g, (_, code: string) =>
    code === '\\' ? code : String.fromCharCode(Number.parseInt(code, 8)),
  );
  return Buffer.from(bytes, 'latin1');
}

/** A point, or a circle: (1,2) or <(1,2),3>. */
export function pointFromText(text: string): { x: number; y: number; radius?: number } {
  const [x, y, radius] = text.split(',').map((part) => Number(part.replaceAll(/[()<>\s]/g, '')));
  return { x: x!, y: y!, ...(radius !== undefined && { radius }) };
}

/** A member of an enumeration, which may have numbers. */
export function memberOf(value: unknown, { enum: members }: ColumnMetadata): unknown {
  return members?.find((member) => String(member) === String(value)) ?? value;
}
