/** A difference between two states: null where a state lacks the field. */
export interface StateChange {
  /** A JSON Pointer (RFC 6901): `/address/city`. An array is one value. */
  path: string;
  before: unknown;
  after: unknown;
}

/** The state as JSON. A `Map` becomes an object, a `Set` an array, a `bigint` a text. */
export function stateAsJson(state: object): object {
  return JSON.parse(JSON.stringify(state, asJson)) as object;
}

function asJson(_key: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  return typeof value === 'bigint' ? String(value) : value;
}

/** What is different between two states, in the order of the fields. */
export function changesBetween(before: unknown, after: unknown, path = ''): StateChange[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (!isFields(before) || !isFields(after)) return [{ path, before: before ?? null, after: after ?? null }];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => changesBetween(before[name], after[name], `${path}/${escaped(name)}`));
}

const isFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const escaped = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');
