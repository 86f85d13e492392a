import type { CallOutcome } from '../../event-sourcing/for-service.js';
import { User } from '../user.js';

/** The answer to a command: the new version of the user, and the position to read after. */
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

/** The receipt of the command that appended these events. The last of them is the user's own. */
export function restoreReceipt({ events }: CallOutcome): UserReceipt {
  const { streamId, version, position } = events.at(-1)!;
  return { userId: streamId.slice(`${User.stream}-`.length), version, position };
}
