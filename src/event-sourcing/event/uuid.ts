/** Eight groups of four digits with optional hyphens between them, as `uuid_in` of PostgreSQL accepts. */
const GROUPS = /^[\da-f]{4}(?:-?[\da-f]{4}){7}$/i;
const BRACES = /^\{(.*)\}$/;

/**
 * A UUID as PostgreSQL writes it, in lower case with hyphens; undefined when `text` is no UUID.
 *
 * It accepts every spelling that PostgreSQL's type `uuid` accepts (capitals, braces, other hyphens), and any version,
 * which validators often refuse. Otherwise two spellings would be two streams but one row.
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
