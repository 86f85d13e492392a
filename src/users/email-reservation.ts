import { createHash } from 'node:crypto';
import type { StreamAppend } from '../event-sourcing/index.js';
import { comparableAddress } from './mail-address.js';
import { EmailReserved } from './user.events.js';

/**
 * Claims an e-mail address for a user: a stream of its own that must not exist yet, appended together with the user's.
 * Addresses are compared without regard to case and spelling; see `comparableAddress`. The stream id is a digest, so no
 * id shows an address.
 */
export function reserveEmail(email: string, userId: string): StreamAppend {
  return {
    streamId: emailStream(email),
    expectedVersion: 'no-stream',
    events: [new EmailReserved({ userId })],
  };
}

function emailStream(email: string): string {
  return `email-${createHash('sha256').update(comparableAddress(email)).digest('hex')}`;
}
