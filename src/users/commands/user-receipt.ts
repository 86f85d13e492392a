import type { CallOutcome } from '../../event-sourcing/for-service.js';
import { User } from '../user.js';

/** What a command answers: the version the user has now, and the position to read after. */
export interface UserReceipt {
  userId: string;
  version: number;
  /** Known after the commit, where the command joined a transaction. */
  position: number;
}

export function receiptOf(user: User): UserReceipt {
  return {
    userId: user.id,
    version: user.version,
    get position() {
      return user.position;
    },
  };
}

/** The receipt that a command got whose events these are; the last is the user's own. */
export function restoreReceipt({ events }: CallOutcome): UserReceipt {
  const { streamId, version, position } = events.at(-1)!;
  return { userId: streamId.slice(`${User.stream}-`.length), version, position };
}
