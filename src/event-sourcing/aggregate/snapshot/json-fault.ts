/**
 * What JSON would change in a state. Some values come from the events of a single aggregate: `NaN`, `Infinity`,
 * `undefined`. They are a fault of that state only. Others are what the class keeps, such as a `Date` or a `Map`. They
 * are a fault of the class. -0 is no fault: it comes back as 0, as in the data of events.
 */
export type JsonFault = 'of the state' | 'of the class';

export function jsonFaultOf(value: unknown): JsonFault | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : 'of the state';
    case 'undefined':
      return 'of the state';
    case 'object':
      return value === null ? undefined : faultOfObject(value);
    default:
      return 'of the class'; // a bigint, function or symbol
  }
}

function faultOfObject(value: object): JsonFault | undefined {
  const isArray = Array.isArray(value);
  if (Object.getPrototypeOf(value) !== (isArray ? Array.prototype : Object.prototype)) return 'of the class';
  if (Object.getOwnPropertySymbols(value).length > 0) return 'of the class';
  let found: JsonFault | undefined;
  for (const part of isArray ? value : Object.values(value)) {
    const fault = jsonFaultOf(part);
    if (fault === 'of the class') return fault;
    found ??= fault;
  }
  return found;
}
