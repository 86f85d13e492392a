import type { User } from '../user.js';

/** What a command answers: the version the user has now, and the position to read after. */
export interface UserReceipt {
  userId: string;
  version: number;
  position: number;
}

export function receiptOf(user: User): UserReceipt {
  return { userId: user.id, version: user.version, position: user.position };
}
