const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** The spellings of PostgreSQL: capitals, and a hyphen, or none, after any four figures; all of it may be in braces. */
const SPELLING = /^(?:[0-9a-f]{4}-?){7}[0-9a-f]{4}$/i;

/**
 * A UUID as PostgreSQL gives it back, so that two spellings of one id are one here, too; undefined when PostgreSQL would
 * take it for none.
 */
export function parseUuid(text: string): string | undefined {
  if (typeof text !== 'string') return undefined;
  if (CANONICAL.test(text)) return text;
  const bare = text.startsWith('{') && text.endsWith('}') ? text.slice(1, -1) : text;
  return SPELLING.test(bare) ? withHyphens(bare.replaceAll('-', '').toLowerCase()) : undefined;
}

const withHyphens = (hex: string) =>
  [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
