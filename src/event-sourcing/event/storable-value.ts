/** PostgreSQL refuses some 6,000 levels, and JSON.stringify more; no event is meant to have so many. */
export const MAX_DEPTH = 500;

/** Whether text is a PostgreSQL text: no `\0`, no half of a surrogate pair. */
export const isStorableText = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** An array or an object of fields: neither a `Date` nor a `Map`, and nothing that writes itself as something else. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) {
    const tag = Object.prototype.toString.call(value);
    if (tag !== '[object Object]' && tag !== '[object Array]') return false;
  }
  return typeof (value as { toJSON?: unknown }).toJSON !== 'function';
}
