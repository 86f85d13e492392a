/** A value as it comes back from a JSON column: the same object when it holds only JSON. */
export function fromJsonAgain(value: unknown): unknown {
  return isJson(value) ? value : (JSON.parse(JSON.stringify(value) ?? 'null') as unknown);
}

function isJson(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'object':
      return value === null || isPlain(value);
    default:
      return false;
  }
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return value.every(isJson);
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isJson);
}
