/** The value that stands for a field of an event. No function of a projection would make it by chance. */
const markOf = (field: string) => ` Mark of <${field}> `;

/** The mark of the stream's name. */
export const STREAM_MARK = markOf('stream');

export const isMark = (value: unknown): boolean =>
  typeof value === 'string' && /^ Mark of <[^]*> $/.test(value);

/**
 * An event whose data has every property, each with a mark as its value. What a function of a projection makes of the
 * event shows which properties it took unchanged.
 */
export function markedEvent(type: string): { data: any } {
  const data = new Proxy(
    {},
    {
      get: (_, name) => (typeof name === 'string' ? markOf(name) : undefined),
      has: () => true,
    },
  );
  const metadata = {
    correlationId: markOf('correlation'),
    causationId: markOf('causation'),
    schemaVersion: 1,
  };
  return Object.assign(Object.create(null) as { data: any }, {
    type,
    data,
    metadata,
    streamId: STREAM_MARK,
    eventId: markOf('event id'),
    position: 1,
    version: 1,
    timestamp: new Date(0),
  });
}
