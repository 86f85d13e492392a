import { hash } from 'node:crypto';
import type { ExaminedEvent } from './verify.sql.js';

/**
 * The digest of the log up to a position, in one text: `2500:9f86d081...`. Each event is hashed (SHA-256) together with
 * the digest of the events before it. So a verification can continue from a digest, and changing, moving, adding or
 * removing an event changes every later digest. Kept where the owner of the table cannot write, it proves the log.
 *
 * The hash covers texts that PostgreSQL makes from the stored values, whatever the settings of the session: position,
 * stream, version, event id, type, data and metadata (`jsonb` as text, so that no number is parsed), and the time in
 * microseconds since 1970. They are separated by a byte 0, which no text of PostgreSQL has. An event takes 3 us.
 */
export interface LogMark {
  position: number;
  /** SHA-256 in 64 lower-case hexadecimal digits. */
  digest: string;
}

/** The mark before the first event. */
export const START_OF_LOG: LogMark = { position: 0, digest: '0'.repeat(64) };

/** The digest of the log with one more event. */
export function digestWith({ stored, ...event }: ExaminedEvent, before: string): string {
  const { position, streamId, version, eventId, type } = event;
  const parts = [
    before,
    position,
    streamId,
    version,
    eventId,
    type,
    stored.data,
    stored.metadata,
    stored.time,
  ];
  return hash('sha256', parts.join('\0'));
}

/** The text form of a mark, as it is printed and pasted. */
export const markToText = ({ position, digest }: LogMark): string => `${position}:${digest}`;

/** Parses the text form of a mark; undefined when it is none. */
export function markOfText(text: string): LogMark | undefined {
  const [, position, digest] = /^(\d{1,15}):([0-9a-f]{64})$/i.exec(text.trim()) ?? [];
  return digest === undefined ? undefined : { position: Number(position), digest: digest.toLowerCase() };
}
