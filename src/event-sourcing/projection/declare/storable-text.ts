import { createHash } from 'node:crypto';

/** Characters of a key that are kept as they are: with four bytes each it still fits into an index. */
const KEY = 500;
/** Of a longer one: what tells people which it is. */
const SHOWN = 100;

/** A text as PostgreSQL takes it, cut off: it has no `\0`, and no half of a character. */
export function storableText(text: string, length: number): string {
  return text.slice(0, length).replaceAll('\0', '\u2400').toWellFormed();
}

/** A key as it is kept: itself, or where PostgreSQL could not keep it, its beginning and a digest. */
export function storableKey(key: string): string {
  if (key.length <= KEY && key.isWellFormed() && !key.includes('\0')) return key;
  const digest = createHash('sha256').update(key, 'utf16le').digest('hex');
  return `${storableText(key, SHOWN)}... sha256:${digest}`;
}
