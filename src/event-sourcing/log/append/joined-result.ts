import type { AppendResult, PendingAppend } from './append.js';
import { NotCommittedError } from './transaction-errors.js';

/** The result of an append that joined the running transaction. Values that the commit assigns throw until then. */
export function joinedResult(pending: PendingAppend): AppendResult {
  const of = <Name extends 'verdict' | 'position' | 'timestamp' | 'version'>(name: Name) => {
    if (pending.result === undefined) throw new NotCommittedError(name);
    return pending.result[name];
  };
  return {
    eventId: pending.eventId,
    streamId: pending.streamId,
    get version() {
      return pending.version ?? of('version');
    },
    get verdict() {
      return of('verdict');
    },
    get position() {
      return of('position');
    },
    get timestamp() {
      return of('timestamp');
    },
  };
}
