import { StreamableFile } from '@nestjs/common';
import type { LiveConnections } from '../../event-sourcing/for-service.js';
import { LiveBody } from './live-body.js';
import type { LiveClient } from './live-client.js';
import { EVENT_STREAM } from './live-frame.js';

/** A proxy must neither keep nor collect the messages of a feed. */
const HEADERS = { 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' };

/**
 * Answers a request with a feed, which stays open until the client goes, its token expires, or the process stops.
 *
 * @param open begins the feed; its errors are answered as problems
 * @throws TooManyLiveConnectionsError
 */
export async function liveAnswer(
  client: LiveClient,
  connections: LiveConnections,
  open: () => Promise<AsyncIterator<Buffer>>,
): Promise<StreamableFile> {
  const place: { body?: LiveBody; isEnded?: boolean } = {};
  const release = connections.take(() => {
    place.isEnded = true;
    place.body?.end();
  });
  try {
    const { response } = client;
    const body = new LiveBody(await open(), {
      until: client.until,
      cut: () => response.destroy(),
      ended: release,
    });
    place.body = body;
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    response.socket?.setTimeout(0); // a quiet feed is no dead connection
    response.once('close', () => body.destroy());
    if (place.isEnded === true || client.wantsNoBody || response.destroyed) body.end();
    return new StreamableFile(body, { type: EVENT_STREAM });
  } catch (error) {
    release();
    throw error;
  }
}
