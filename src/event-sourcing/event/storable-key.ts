import { createHash } from 'node:crypto';
import { isStorableText, storableText } from './storable-value.js';

/** Most characters of a key that is stored whole. With four bytes each it still fits into an index. */
export const MOST_OF_KEY = 500;
/** Characters of a longer key that are stored, for people to recognize it. */
const SHOWN = 100;

/** A key in the form that is stored: itself, or its beginning and a digest when PostgreSQL could not store it. */
export function storableKey(key: string): string {
  if (isStoredWhole(key)) return key;
  const digest = createHash('sha256').update(key, 'utf16le').digest('hex');
  return `${storableText(key, SHOWN)}... sha256:${digest}`;
}

const isStoredWhole = (key: string): boolean => key.length <= MOST_OF_KEY && isStorableText(key);

/** Whether a stored key is the key itself, and not its beginning and a digest. */
export const isWholeKey = (stored: string): boolean =>
  isStoredWhole(stored) && !/\.\.\. sha256:[0-9a-f]{64}$/.test(stored);

/** A key as a text, as `->>` of PostgreSQL gives it. */
export function toKey(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
