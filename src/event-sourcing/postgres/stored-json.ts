/**
 * A value of a column of JSON that is an object or an array, whether `pg` has parsed it or, since the host has set
 * another parser, left it as text.
 */
export const fromStoredJson = <Value>(stored: Value | string): Value =>
  typeof stored === 'string' ? (JSON.parse(stored) as Value) : stored;
