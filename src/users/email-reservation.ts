import { createHash, createHmac, type KeyObject } from 'node:crypto';
import type { StreamAppend } from '../event-sourcing/index.js';
import { comparableAddress } from './mail-address.js';
import { EmailReleased, EmailReserved } from './user.events.js';

/**
 * Claims an e-mail address for a user. The claim is a stream that must not exist yet, and one append writes it together
 * with the user's stream. Addresses are compared without regard to case and spelling; see `comparableAddress`.
 */
export function reserveEmail(streamId: string, userId: string): StreamAppend {
  return { streamId, expectedVersion: 'no-stream', events: [new EmailReserved({ userId })] };
}

/** Gives the address back. The stream must be as `version` tells, when its last event reserved the address. */
export function releaseEmail(streamId: string, userId: string, version: number): StreamAppend {
  return { streamId, expectedVersion: version, events: [new EmailReleased({ userId })] };
}

/**
 * The stream of an address: its HMAC under a secret of the event store. Whoever reads the log cannot try addresses, and
 * when the secret is lost, nobody can.
 */
export function emailStream(email: string, secret: KeyObject): string {
  return `email-h1-${createHmac('sha256', secret).update(comparableAddress(email)).digest('hex')}`;
}

/** The stream of an address in a log of before keys: a bare digest. `eventfold privacy seal` moves it. */
export function formerEmailStream(email: string): string {
  return `email-${createHash('sha256').update(comparableAddress(email)).digest('hex')}`;
}
