/** Eight groups of four digits, a hyphen between any two of them or none: what `uuid_in` of PostgreSQL takes. */
const GROUPS = /^[\da-f]{4}(?:-?[\da-f]{4}){7}$/i;
const BRACES = /^\{(.*)\}$/;

/**
 * A UUID in the one spelling in which PostgreSQL writes it, lower case with hyphens; undefined when `text` is none.
 *
 * It takes every spelling that PostgreSQL's type `uuid` takes (capitals, braces, other hyphens), and any version, which
 * validators often do not. Two spellings would otherwise be two streams, and one row.
 */
export function canonicalUuid(text: string): string | undefined {
  if (typeof text !== 'string') return undefined;
  if (CANONICAL.test(text)) return text;
  const digits = BRACES.exec(text)?.[1] ?? text;
  if (!GROUPS.test(digits)) return undefined;
  return digits.replaceAll('-', '').toLowerCase().replace(PARTS, '$1-$2-$3-$4-$5');
}

const CANONICAL = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
const PARTS = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;
