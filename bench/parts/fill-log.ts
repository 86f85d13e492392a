import { EventStore } from '../../src/event-sourcing/index.js';
import { UserRegistered } from '../../src/users/user.events.js';
import {
  ContentCatalogued,
  ContentRated,
  contentStream,
  ContentWatched,
} from '../../src/viewing/viewing.events.js';
import type { PartContext } from '../part.js';
import { openEventfold } from '../open-eventfold.js';
import { createLoad } from '../simulate/load.js';

const BATCH = 1_000;

/** Users, the film catalogue, and views and ratings, until there are `events` in all. */
export async function fillLog({ url, events, stop }: PartContext): Promise<void> {
  const app = await openEventfold(url);
  const store = app.get(EventStore);
  try {
    let batch: Parameters<EventStore['appendEach']>[0][number][] = [];
    for (const append of loadOf(events)) {
      batch.push(append);
      if (batch.length < BATCH) continue;
      stop.throwIfAborted();
      await store.appendEach(batch);
      batch = [];
    }
    await store.appendEach(batch);
  } finally {
    await app.close();
  }
}

function* loadOf(events: number) {
  let left = events;
  for (const append of everything(events)) {
    if (left-- <= 0) return;
    yield append;
  }
}

function* everything(events: number) {
  const { films, users, viewing } = createLoad({
    seed: 1,
    users: 1_000,
    events,
    days: 30,
    until: new Date(),
  });
  for (const { userId, name } of users) {
    const email = `${userId}@example.org`;
    const event = new UserRegistered({ userId, name, email, initialPreferences: ['drama'] });
    yield { streamId: `user-${userId}`, event };
  }
  for (const { contentId, title, genre } of films) {
    yield { streamId: contentStream(contentId), event: new ContentCatalogued({ contentId, title, genre }) };
  }
  for (const { type, eventId: _, ...data } of viewing()) {
    const event =
      type === 'content.watched' ? new ContentWatched(data as never) : new ContentRated(data as never);
    yield { streamId: contentStream(data.contentId), event };
  }
}
