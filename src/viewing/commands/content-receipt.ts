import type { CallOutcome } from '../../event-sourcing/for-service.js';
import type { AppendResult } from '../../event-sourcing/index.js';

/** Where the event stands, now or since it came the first time: known after the commit, in a transaction. */
export interface ContentReceipt {
  eventId: string;
  version: number;
  position: number;
  /** The log had the event already. */
  repeated: boolean;
}

export function receiptOf(result: AppendResult): ContentReceipt {
  return {
    eventId: result.eventId,
    get version() {
      return result.version;
    },
    get position() {
      return result.position;
    },
    get repeated() {
      return result.verdict === 'duplicate';
    },
  };
}

/** The receipt that a command got whose event this is. */
export const restoreReceipt = ({ events }: CallOutcome): ContentReceipt => receiptOf(events.at(-1)!);
