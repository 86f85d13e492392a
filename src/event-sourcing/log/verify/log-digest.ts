import { hash } from 'node:crypto';
import type { ExaminedEvent } from './verify.sql.js';

/**
 * The digest of the log up to a position, in one text: `2500:9f86d081...`. Each event is hashed (SHA-256) together with
 * the digest of those before it, so that a verification can go on from one, and whoever changes, moves, adds or removes
 * an event changes every digest from there on. Kept where the owner of the table cannot write, it proves the log.
 *
 * Hashed are texts that PostgreSQL makes of the stored values, whatever the settings of the session: the position,
 * stream, version, event id, type, data and metadata (`jsonb` as text, so that no number is parsed), and the time in
 * microseconds since 1970. A byte 0 parts them, which no text of PostgreSQL has. An event takes 3 us.
 */
export interface LogMark {
  position: number;
  /** SHA-256 in 64 lower-case hexadecimal digits. */
  digest: string;
}

/** Before the first event. */
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

/** As it is printed and pasted. */
export const markToText = ({ position, digest }: LogMark): string => `${position}:${digest}`;

/** Undefined for a text that is none. */
export function markOfText(text: string): LogMark | undefined {
  const [, position, digest] = /^(\d{1,15}):([0-9a-f]{64})$/i.exec(text.trim()) ?? [];
  return digest === undefined ? undefined : { position: Number(position), digest: digest.toLowerCase() };
}
