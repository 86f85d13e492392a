import { createHash } from 'node:crypto';
import type { StreamAppend } from '../event-sourcing/index.js';
import { comparableAddress } from './mail-address.js';
import { EmailReserved } from './user.events.js';

/**
 * Claims an e-mail address for a user. The claim is a stream that must not exist yet, and one append writes it together
 * with the user's stream. Addresses are compared without regard to case and spelling; see `comparableAddress`. The
 * stream id is a digest, so it does not show the address.
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
