import type { CallOutcome } from '../../event-sourcing/for-service.js';
import type { AppendResult } from '../../event-sourcing/index.js';

/**
 * The place of the event in the log. A repeat gets the place of the first event. In a transaction of the application,
 * it is known after the commit.
 */
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

/** The receipt of the command that appended this event. */
export const restoreReceipt = ({ events }: CallOutcome): ContentReceipt => receiptOf(events.at(-1)!);
