import { NotCommittedError } from '../../event-sourcing/index.js';
import { REPLAYED_HEADER } from '../request/headers.js';

/** The result of a command handler. */
export interface Receipt {
  version: number;
  userId?: string;
  eventId?: string;
  position: number;
  /** The event was in the log already. */
  repeated?: boolean;
  /** The last part of the address of what was created. The rest is the address of the request. */
  location?: string;
}

/** Makes an answer from a receipt: version, place and repetition are headers, the rest is the body. */
export function answerOf(
  receipt: Receipt,
  setHeader: (name: string, value: string) => void,
  requestUrl: () => string,
): object {
  const { location, userId, eventId } = receipt;
  const version = unlessPending(() => receipt.version);
  if (version !== undefined) setHeader('ETag', `"${version}"`);
  if (unlessPending(() => receipt.repeated)) setHeader(REPLAYED_HEADER, 'true');
  if (location !== undefined) setHeader('Location', `${pathOf(requestUrl())}/${location}`);
  const position = {
    enumerable: true,
    get: () => receipt.position,
  };
  return Object.defineProperty(eventId === undefined ? { userId, version } : { eventId }, 'position', position);
}

/**
 * A host may have a transaction around the route: then headers are set before its commit, and the body is written after
 * it.
 */
function unlessPending<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof NotCommittedError) return undefined;
    throw error;
  }
}

/**
 * The path of a request without slashes at its end. It may begin with a prefix or a version of the host application.
 * The client may have sent a whole URL (RFC 9112, section 3.2.2). Its host can be any name, and is left out.
 *
 * No regular expression looks for the end: one that begins with `\/*` is tried at each of a thousand slashes.
 */
export function pathOf(url: string): string {
  const begin = url.startsWith('/') ? 0 : Math.max(url.indexOf('/', url.indexOf('://') + 3), 0);
  const cut = url.slice(begin).search(/[?#]/);
  let end = cut === -1 ? url.length : begin + cut;
  while (end > begin && url[end - 1] === '/') end--;
  let start = begin;
  while (url[start] === '/' && url[start + 1] === '/') start++; // two slashes would begin the name of a host
  return url.slice(start, end);
}
