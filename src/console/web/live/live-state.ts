import type { Problem } from '../api/problem.js';

/** The states of a stream of server-sent events. */
export type LiveState =
  | { state: 'connecting' }
  | { state: 'open' }
  /** It has lost its connection, or never had one, and tries again by itself. */
  | { state: 'waiting'; attempts: number; problem: Problem }
  /** The service says no: there is no such route, or no right. */
  | { state: 'refused'; problem: Problem }
  | { state: 'closed' };

/** The states that may follow each state. */
export const LIFE: Record<LiveState['state'], readonly LiveState['state'][]> = {
  connecting: ['open', 'waiting', 'refused', 'closed'],
  open: ['waiting', 'closed'],
  waiting: ['open', 'waiting', 'refused', 'closed'],
  refused: ['closed'],
  closed: [],
};
