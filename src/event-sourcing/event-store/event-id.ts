import { InvalidAppendError } from '../errors.js';

const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** The spellings of PostgreSQL: capitals, braces, and a hyphen, or none, after any four figures. */
const SPELLING = /^(?:[0-9a-f]{4}-?){7}[0-9a-f]{4}$/i;

/**
 * A UUID as PostgreSQL gives it back, so that two spellings of one id are one here, too.
 *
 * @throws InvalidAppendError when PostgreSQL would take it for none
 */
export function canonicalUuid(text: string): string {
  if (typeof text === 'string') {
    if (CANONICAL.test(text)) return text;
    const bare = text.startsWith('{') && text.endsWith('}') ? text.slice(1, -1) : text;
    if (SPELLING.test(bare)) return withHyphens(bare.replaceAll('-', '').toLowerCase());
  }
  throw new InvalidAppendError(`The event id ${JSON.stringify(text)} is no UUID.`);
}

const withHyphens = (hex: string) =>
  [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
