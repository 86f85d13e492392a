import { isPlain, isStorableText, MAX_DEPTH } from './storable-value.js';

/** How many characters of a path are shown. */
const SHOWN_PATH = 200;

/** The first value that cannot be stored, in a sentence: `data.items[3].at is a Date: ...`. */
export function firstFault(data: unknown, name: string): string {
  return faultOf(data, name, []) ?? `${name} is ${kindOf(data)}: the data of an event must be an object.`;
}

function faultOf(value: unknown, path: string, ancestors: readonly object[]): string | undefined {
  const reason = reasonAgainst(value, ancestors);
  if (reason !== undefined) return `${cut(path)} is ${reason}`;
  if (typeof value !== 'object' || value === null) return undefined;
  const around = [...ancestors, value];
  if (Array.isArray(value)) {
    return firstOf(Array.from(value).keys(), (index) => faultOf(value[index], `${path}[${index}]`, around));
  }
  return firstOf(Object.keys(value), (key) => {
    const each = (value as Record<string, unknown>)[key];
    if (each === undefined) return undefined; // left out, as JSON does
    if (!isStorableText(key))
      return `${cut(path)} has a key ${JSON.stringify(cut(key))}, with ${UNSTORABLE_TEXT}.`;
    return faultOf(each, pathTo(path, key), around);
  });
}

const UNSTORABLE_TEXT = 'a \\u0000 or half of a surrogate pair in it, which PostgreSQL cannot store';

function reasonAgainst(value: unknown, ancestors: readonly object[]): string | undefined {
  switch (typeof value) {
    case 'string':
      return isStorableText(value) ? undefined : `a text with ${UNSTORABLE_TEXT}.`;
    case 'number':
      return Number.isFinite(value)
        ? undefined
        : `${value}, which JSON cannot carry: it would come back as null.`;
    case 'boolean':
      return undefined;
    case 'object':
      return value === null ? undefined : reasonAgainstObject(value, ancestors);
    default:
      return `${kindOf(value)}, which JSON cannot carry.${typeof value === 'bigint' ? ' Store it as text.' : ''}`;
  }
}

function reasonAgainstObject(value: object, ancestors: readonly object[]): string | undefined {
  if (ancestors.includes(value)) return 'an object that contains itself, which JSON cannot carry.';
  if (ancestors.length >= MAX_DEPTH) return `nested more than ${MAX_DEPTH} deep.`;
  if (isPlain(value)) return undefined;
  const cure = value instanceof Date ? 'Store its toISOString().' : 'Store plain objects, arrays and values.';
  return `${kindOf(value)}, which would come back from the log as something else. ${cure}`;
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  const { name } = (value.constructor ?? {}) as { name?: string };
  const kind = name || 'object';
  return `${/^[aeiou]/i.test(kind) ? 'an' : 'a'} ${kind}`;
}

const pathTo = (path: string, key: string) =>
  /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;

const cut = (text: string) => (text.length <= SHOWN_PATH ? text : `${text.slice(0, SHOWN_PATH)}...`);

function firstOf<Item>(items: Iterable<Item>, look: (item: Item) => string | undefined): string | undefined {
  for (const item of items) {
    const found = look(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
