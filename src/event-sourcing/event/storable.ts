/**
 * The data of an event may hold only values that JSON and PostgreSQL give back unchanged. Any other value is refused
 * where the event is raised or appended. Otherwise a hot aggregate and one loaded from the log would have different
 * states, or the append would fail with an error of the driver.
 *
 * A check of an event with 6 fields takes 0.5 µs, and a frozen copy 1.3 µs: as long as `JSON.stringify`. To stay that
 * fast, the check does not track the path of a value. `firstFault` finds the path afterwards.
 */
import { InvalidAppendError } from './event-errors.js';
import { firstFault } from './storable-fault.js';
import { isPlain, isStorableText, MAX_DEPTH } from './storable-value.js';

/** Copies made here. An append does not check them again. */
const copies = new WeakSet<object>();

/**
 * The data as the log will give it back, frozen: properties that are undefined are left out, and instances of plain
 * classes become plain objects. The given object is not changed.
 *
 * @throws InvalidAppendError with the path of the value that cannot be stored
 */
export function storedCopy<Data extends object>(data: Data): Data {
  if (copies.has(data)) return data;
  const copy = isContainer(data) ? copyOf(data, 0) : undefined;
  if (copy === undefined) throw new InvalidAppendError(firstFault(data, 'data'));
  copies.add(copy as object);
  return copy as Data;
}

/** @throws InvalidAppendError as `storedCopy` */
export function requireStorable(data: unknown, name = 'data'): void {
  if (isContainer(data) && (copies.has(data) || isStorable(data, 0))) return;
  throw new InvalidAppendError(firstFault(data, name));
}

/** @throws InvalidAppendError when it is no text, is empty, or cannot be stored by PostgreSQL */
export function requireText(text: unknown, what: string): void {
  if (typeof text === 'string' && text !== '' && isStorableText(text)) return;
  throw new InvalidAppendError(
    `${what} is ${JSON.stringify(text) ?? String(text)}: ` +
      `it must be a text that is not empty, without \\u0000 and without half ` +
      'of a surrogate pair.',
  );
}

const isContainer = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && isPlain(value);

function isStorable(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return isStorableText(value);
    case 'number':
      return Number.isFinite(value);
    case 'boolean':
      return true;
    case 'object':
      if (value === null) return true;
      return depth < MAX_DEPTH && isPlain(value) && holdsStorable(value, depth + 1);
    default:
      return false;
  }
}

function holdsStorable(value: object, depth: number): boolean {
  if (Array.isArray(value)) return holdsStorableItems(value, depth);
  for (const key of Object.keys(value)) {
    const each = (value as Record<string, unknown>)[key];
    if (each !== undefined && !(isStorable(each, depth) && isStorableText(key))) return false;
  }
  return true;
}

/** A loop, since `every` skips holes. */
function holdsStorableItems(values: readonly unknown[], depth: number): boolean {
  for (let index = 0; index < values.length; index++) if (!isStorable(values[index], depth)) return false;
  return true;
}

/** Undefined when the value cannot be stored. */
function copyOf(value: unknown, depth: number): unknown {
  if (typeof value === 'object' && value !== null) {
    if (depth >= MAX_DEPTH || !isPlain(value)) return undefined;
    return Array.isArray(value) ? copyOfArray(value, depth + 1) : copyOfFields(value, depth + 1);
  }
  if (value === 0) return 0; // JSON has no -0
  return isStorable(value, depth) ? value : undefined;
}

function copyOfArray(values: readonly unknown[], depth: number): unknown {
  const copy: unknown[] = [];
  for (let index = 0; index < values.length; index++) {
    const each = copyOf(values[index], depth);
    if (each === undefined) return undefined;
    copy.push(each);
  }
  return Object.freeze(copy);
}

function copyOfFields(value: object, depth: number): unknown {
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const given = (value as Record<string, unknown>)[key];
    if (given === undefined) continue;
    const each = copyOf(given, depth);
    if (each === undefined || !isStorableText(key)) return undefined;
    if (key === '__proto__') Object.defineProperty(copy, key, { value: each, enumerable: true });
    else copy[key] = each;
  }
  return Object.freeze(copy);
}
