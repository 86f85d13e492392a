/** So many parts of a state are looked at, about. The others of a container are taken for parts like these. */
const LOOKS = 4_096;
/** The entries of a list, a set or a map are much alike: so many of one are looked at, at most. */
const ENTRIES = 32;
/** The fields of an object are not: so many of one are looked at in any case. */
const FIELDS = 8;
/** So deep is looked into a state. No part of it counts that lies deeper. */
const DEEPEST = 12;
/** What V8 takes for an object or a text by itself, and for a place in an object, about, in bytes. */
const HEADER = 24;
const PLACE = 8;

/**
 * About how many bytes a state takes in memory. A bounded number of its parts is looked at; the names of a dictionary's
 * entries are listed. What it shares with other states counts in full, and a text with two bytes for a character.
 */
export const stateSize = (state: unknown): number => sizeOf(state, LOOKS, 0);

function sizeOf(value: unknown, looks: number, depth: number): number {
  if (typeof value === 'string') return HEADER + 2 * value.length;
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return 0;
  if (ArrayBuffer.isView(value)) return HEADER + value.byteLength;
  let size = HEADER;
  for (const { count, looked } of partsOf(value, looks)) {
    const each = looks / looked.length;
    const sum = looked.reduce<number>((total, part) => total + sizeOf(part, each, depth + 1), 0);
    size += PLACE * count + (count && Math.ceil((sum * count) / looked.length));
  }
  return size;
}

/** Parts of one kind: how many there are, and those that are looked at. */
interface Parts {
  count: number;
  looked: readonly unknown[];
}

function partsOf(value: object, looks: number): Parts[] {
  const entries = Math.min(ENTRIES, Math.max(1, Math.floor(looks)));
  if (Array.isArray(value)) return [{ count: value.length, looked: spread(value, entries) }];
  if (value instanceof Set) return [{ count: value.size, looked: first(value, entries) }];
  if (value instanceof Map) {
    return [value.keys(), value.values()].map((each) => ({
      count: value.size,
      looked: first(each, entries),
    }));
  }
  const names = Object.keys(value);
  const looked = spread(names, Math.max(FIELDS, Math.floor(looks)));
  const parts = looked.map((name) => (value as Readonly<Record<string, unknown>>)[name]);
  return [looked, parts].map((each) => ({ count: names.length, looked: each }));
}

/** So many of a list at most, from all of it. */
function spread<Part>(list: readonly Part[], most: number): readonly Part[] {
  if (list.length <= most) return list;
  return Array.from({ length: most }, (_, nth) => list[Math.floor((nth * list.length) / most)]!);
}

function first(parts: Iterable<unknown>, most: number): readonly unknown[] {
  const found: unknown[] = [];
  for (const part of parts) if (found.push(part) >= most) break;
  return found;
}
