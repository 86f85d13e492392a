import { REPLAYED_HEADER } from './headers.js';

/** What command handlers give back. */
export interface Receipt {
  version: number;
  userId?: string;
  eventId?: string;
  position: number;
  /** The event was in the log already. */
  repeated?: boolean;
  /** Where to find what was created. */
  location?: string;
}

/** Makes a receipt an answer: version, place and repetition are headers, the rest is the body. */
export function answerOf(receipt: Receipt, setHeader: (name: string, value: string) => void): object {
  const { version, position, repeated, location, userId, eventId } = receipt;
  setHeader('ETag', `"${version}"`);
  if (repeated) setHeader(REPLAYED_HEADER, 'true');
  if (location !== undefined) setHeader('Location', location);
  return eventId === undefined ? { userId, version, position } : { eventId, position };
}
