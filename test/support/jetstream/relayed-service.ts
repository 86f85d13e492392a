import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { EventStore } from '../../../src/event-sourcing/index.js';
import { eventually } from '../eventually.js';
import type { Api } from '../http/api.js';
import type { TestService } from '../http/test-service.js';
import { PATIENCE_MS } from '../patience.js';
import type { RelayedStream } from './relayed-stream.js';

/** An event as `GET /events` shows it. */
export interface ShownEvent {
  position: number;
  streamId: string;
  eventId: string;
  type: string;
  timestamp: string;
}

/** The whole log as the API shows it. */
export async function eventsOf(api: Api): Promise<ShownEvent[]> {
  const events: ShownEvent[] = [];
  for (let after: string | null = '0'; after !== null;) {
    const { body } = await api.get(`/events?limit=200&after=${after}`);
    const page = body as { items: ShownEvent[]; nextCursor: string | null };
    events.push(...page.items);
    after = page.nextCursor;
  }
  return events;
}

/** Appends to twenty streams at once; every fifth event has a type that the service does not know. */
export async function appendEvents({ app }: Pick<TestService, 'app'>, count: number): Promise<void> {
  const store = app.get(EventStore);
  const append = (n: number) => {
    const type = n % 5 === 0 ? 'unknown here' : 'content.watched';
    const data = {
      userId: randomUUID(),
      contentId: `film-${n % 20}`,
      completionPercentage: 50,
      watchDurationSeconds: n,
    };
    return store.appendToStream(`content-film-${n % 20}`, 'any', [{ type, data }]);
  };
  await Promise.all(Array.from({ length: count }, (_, n) => append(n)));
}

/** Every event of the log is in the stream, once, at its position, as the API shows it. */
export async function requireRelayed(api: Api, stream: RelayedStream): Promise<void> {
  const events = await eventsOf(api);
  await eventually(async () => {
    expect(await stream.lastSequence()).toBeGreaterThanOrEqual(events.length);
  }, PATIENCE_MS);
  const messages = await stream.messages();
  expect(messages.map(({ sequence }) => sequence)).toEqual(events.map(({ position }) => position));
  expect(messages.map(({ body }) => body)).toEqual(events);
}

/** Waits for a status of the relay. */
export const relayBecomes = (api: Api, status: object): Promise<void> =>
  eventually(async () => expect((await api.get('/relay')).body).toMatchObject(status), PATIENCE_MS);
