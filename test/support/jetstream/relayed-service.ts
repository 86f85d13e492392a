import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { EventStore } from '../../../src/event-sourcing/index.js';
import { eventually } from '../eventually.js';
import type { Api } from '../http/api.js';
import type { TestService } from '../http/test-service.js';
import { PATIENCE_MS } from '../patience.js';
import type { RelayedMessage, RelayedStream } from './relayed-stream.js';

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
  for await (const page of pagesOf(api)) events.push(...page);
  return events;
}

async function* pagesOf(api: Api): AsyncGenerator<ShownEvent[]> {
  for (let after: string | null = '0'; after !== null;) {
    const { body } = await api.get(`/events?limit=200&after=${after}`);
    const page = body as { items: ShownEvent[]; nextCursor: string | null };
    yield page.items;
    after = page.nextCursor;
  }
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

/**
 * Every event of the log is in the stream, once, at its position, as the API shows it. A test may have stored more than
 * fits into the memory, so they are compared page by page.
 */
export async function requireRelayed(api: Api, stream: RelayedStream): Promise<void> {
  const messages = stream.each();
  let last = 0;
  for await (const events of pagesOf(api)) {
    last = events.at(-1)?.position ?? last;
    await eventually(
      async () => expect(await stream.lastSequence()).toBeGreaterThanOrEqual(last),
      PATIENCE_MS,
    );
    const relayed: RelayedMessage[] = [];
    while (relayed.length < events.length) relayed.push((await messages.next()).value!);
    expect(relayed.map(({ sequence }) => sequence)).toEqual(events.map(({ position }) => position));
    expect(relayed.map(({ body }) => body)).toEqual(events);
  }
  await messages.return(undefined);
  expect(await stream.lastSequence()).toBe(last);
}

/** Waits for a status of the relay. */
export const relayBecomes = (api: Api, status: object): Promise<void> =>
  eventually(async () => expect((await api.get('/relay')).body).toMatchObject(status), PATIENCE_MS);
