import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { startOfChain } from '../event-sourcing/for-service.js';
import { MessageContext } from '../event-sourcing/index.js';

/** Runs the work of a command in a message of the system's user: the log of operations names that user. */
export const asSystemUser = <Result>(work: () => Promise<Result>): Promise<Result> =>
  new MessageContext().run(startOfChain(randomUUID(), `${userName()}@${hostname()}`), work);

/** A container may run as a user id that has no name. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}
