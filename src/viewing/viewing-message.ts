import type { Type } from '@nestjs/common';
import { InvalidRequest } from '../api/request/invalid-request.error.js';
import { RequestValidation } from '../api/request/validation.js';
import { ContentCatalogued, ContentRated, contentStream, ContentWatched } from './viewing.events.js';
import { CataloguedBody, RatedBody, WatchedBody } from './viewing.requests.js';

type ContentEvent = ContentCatalogued | ContentWatched | ContentRated;

/** The body of each type, with the rules of the HTTP routes. */
const BODIES: Readonly<Record<string, Type<{ toEvent(): ContentEvent }>>> = {
  [ContentCatalogued.type]: CataloguedBody,
  [ContentWatched.type]: WatchedBody,
  [ContentRated.type]: RatedBody,
};

const validation = new RequestValidation();

/**
 * The event of a message about a content, and its stream. Bodies are those of `POST /viewing/watched` and
 * `/viewing/rated`, and for a catalogued content `contentId`, `title` and `genre`.
 *
 * @throws InvalidRequest as the HTTP routes do
 */
export function contentEventOf(type: string, body: unknown): { streamId: string; event: ContentEvent } {
  const metatype = BODIES[type];
  if (metatype === undefined) {
    const message = `type must be one of the following values: ${Object.keys(BODIES).join(', ')}`;
    throw new InvalidRequest([{ path: 'type', message }]);
  }
  const read = validation.transform(body, { type: 'body', metatype }) as { toEvent(): ContentEvent };
  const event = read.toEvent();
  return { streamId: contentStream(event.data.contentId), event };
}

/** For `intake` of the JetStream module: `intake: { stream: 'VIEWING', map: viewingEventOf }`. */
export const viewingEventOf = (message: { type: string; json(): unknown }) =>
  contentEventOf(message.type, jsonOf(message));

function jsonOf(message: { json(): unknown }): unknown {
  try {
    return message.json();
  } catch {
    throw new InvalidRequest([{ path: '', message: 'the body must be JSON' }]);
  }
}
