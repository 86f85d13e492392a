import type { CallOutcome } from '../../event-sourcing/for-service.js';
import { User } from '../user.js';

/** The answer to a command: the new version of the user, and the position for a read after it. */
export interface UserReceipt {
  userId: string;
  version: number;
  /** In a transaction of the application, it is known after the commit. */
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

/** The receipt of the command that appended these events. The last event is in the user's own stream. */
export function restoreReceipt({ events }: CallOutcome): UserReceipt {
  const { streamId, version, position } = events.at(-1)!;
  return { userId: streamId.slice(`${User.stream}-`.length), version, position };
}
