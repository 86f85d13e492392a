/**
 * The states of a relay, for its life, the status, the OpenAPI document and the help of the command line. The help must
 * not wait for Nest, so this module imports nothing.
 */

/** The state of a relay, in one word. */
export type RelayState = 'off' | 'waiting' | 'running' | 'diverged';

/** Each state with the text after it and a colon. */
export const RELAY_STATES: Record<RelayState, string> = {
  off: 'this process does not relay',
  waiting: 'for the broker, the stream or the database: `reason` says for what',
  running: 'the stream has the events of the log, and gets the later ones',
  diverged: 'the stream has other events than the log, from `divergedAt` on; nothing is published',
};
