import { createHash } from 'node:crypto';

/** The namespace of all ids of processes. Stored ids depend on it: never change it. */
const NAMESPACE = Buffer.from('5d9f0f2c6b3a5e0f8f0d9c1b7a4e2d63', 'hex');

/**
 * A UUID (version 5, RFC 9562) that is the same for the same parts. So a step that is made again, after a crash, has
 * the ids of the first time: the log takes each event id once, and a command is executed once.
 */
export function processId(...parts: readonly (string | number)[]): string {
  const digest = createHash('sha1').update(NAMESPACE).update(JSON.stringify(parts)).digest();
  digest[6] = (digest[6]! & 0x0f) | 0x50;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  return digest.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
