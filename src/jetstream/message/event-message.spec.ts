import { describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '../../event-sourcing/index.js';
import { eventOf, messageOf, sizeOf } from './event-message.js';

const EVENT: StoredEvent = {
  position: 17,
  streamId: 'order-1',
  version: 3,
  eventId: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
  type: 'order.placed',
  data: { lines: [{ article: 'größe', count: 2 }] },
  metadata: { correlationId: 'a', causationId: 'a', schemaVersion: 1 },
  timestamp: new Date('2026-01-31T20:15:00.123Z'),
};
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** The headers of an event's message. */
function headersOf(event: StoredEvent): Record<string, string> {
  const { headers } = messageOf({ prefix: 'shop', partitions: 16 }, event);
  return Object.fromEntries(headers.keys().map((name) => [name, headers.get(name)]));
}

describe('the message of an event', () => {
  it('has the event as its body, as the API shows it', () => {
    const { subject, body } = messageOf({ prefix: 'shop', partitions: 16 }, EVENT);
    expect(subject).toBe('shop.15.order.placed');
    expect(Buffer.from(body).toString()).toBe(JSON.stringify(EVENT));
    expect(eventOf(body)).toEqual(EVENT);
  });

  it('is a CloudEvent in binary mode', () => {
    expect(headersOf(EVENT)).toEqual({
      'ce-specversion': '1.0',
      'ce-id': EVENT.eventId,
      'ce-type': 'order.placed',
      'ce-source': '/shop',
      'ce-time': '2026-01-31T20:15:00.123Z',
      'ce-subject': 'order-1',
      'Nats-Msg-Id': EVENT.eventId,
    });
  });

  it('carries the span that appended the event', () => {
    const traced = { ...EVENT, metadata: { ...EVENT.metadata, traceparent: TRACEPARENT } };
    expect(headersOf(traced)).toMatchObject({ traceparent: TRACEPARENT });
  });

  it('has the size that the client sends', () => {
    const message = messageOf({ prefix: 'shop', partitions: 16 }, EVENT);
    const { length } = (message.headers as unknown as { encode(): Uint8Array }).encode();
    expect(sizeOf(message)).toBe(length + message.body.length);
  });

  it('percent-encodes what a header cannot hold', () => {
    const strange = { ...EVENT, streamId: 'größe 1%\r\nce-id: x', type: 'a "b" €' };
    expect(headersOf(strange)).toMatchObject({
      'ce-subject': 'gr%C3%B6%C3%9Fe%201%25%0D%0Ace-id:%20x',
      'ce-type': 'a%20%22b%22%20%E2%82%AC',
      'ce-id': EVENT.eventId,
    });
  });
});
