import { REPLAYED_HEADER } from './headers.js';

/** What command handlers give back. */
export interface Receipt {
  version: number;
  userId?: string;
  eventId?: string;
  position: number;
  /** The event was in the log already. */
  repeated?: boolean;
  /** What was created, as the last part of its address; the rest is the address of the request. */
  location?: string;
}

/** Makes a receipt an answer: version, place and repetition are headers, the rest is the body. */
export function answerOf(
  receipt: Receipt,
  setHeader: (name: string, value: string) => void,
  requestUrl: () => string,
): object {
  const { version, position, repeated, location, userId, eventId } = receipt;
  setHeader('ETag', `"${version}"`);
  if (repeated) setHeader(REPLAYED_HEADER, 'true');
  // A host may have put a prefix or a version before our path.
  if (location !== undefined) setHeader('Location', requestUrl().replace(/\/*(\?.*)?$/, `/${location}`));
  return eventId === undefined ? { userId, version, position } : { eventId, position };
}
