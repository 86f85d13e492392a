/**
 * How deep data may be nested. PostgreSQL fails at some 6,000 levels, `JSON.stringify` at more, and no event needs so
 * many.
 */
export const MAX_DEPTH = 500;

/** Whether PostgreSQL can store the text: no `\0`, no half of a surrogate pair. */
export const isStorableText = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** The beginning of a text, as PostgreSQL can store it: without `\0`, and without half of a surrogate pair. */
export function storableText(text: string, length: number): string {
  return text.slice(0, length).replaceAll('\0', '\u2400').toWellFormed();
}

/**
 * Whether a value is an array or an object of fields: no `Date`, no `Map`, and no object with a `toJSON` of its own.
 */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) {
    const tag = Object.prototype.toString.call(value);
    if (tag !== '[object Object]' && tag !== '[object Array]') return false;
  }
  return typeof (value as { toJSON?: unknown }).toJSON !== 'function';
}
