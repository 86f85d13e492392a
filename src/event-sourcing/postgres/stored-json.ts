/** An object or array of a JSON column. `pg` has parsed it, or a parser that the host has set left it as text. */
export const fromStoredJson = <Value>(stored: Value | string): Value =>
  typeof stored === 'string' ? (JSON.parse(stored) as Value) : stored;
