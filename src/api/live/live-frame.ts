/** The media type of a feed: server-sent events of the HTML standard. */
export const EVENT_STREAM = 'text/event-stream';

/** A message of a feed. */
export interface LiveMessage {
  /** A position. A client sends the last one as `Last-Event-ID` when it connects again. */
  id: number;
  event: string;
  /** JSON, which has no line breaks. */
  data: string;
}

export const frameOf = ({ id, event, data }: LiveMessage): Buffer =>
  Buffer.from(`id: ${id}\nevent: ${event}\ndata: ${data}\n\n`);

/** A line that clients ignore. It shows that the feed is open, and keeps proxies from closing a quiet connection. */
export const COMMENT = Buffer.from(':\n\n');
