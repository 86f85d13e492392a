/** A history of users and contents as the service would have it: out-of-order times, repeats, unknown users. */
import { randomUUID } from 'node:crypto';
import type { EventToAppend } from '../../../src/event-sourcing/index.js';
import {
  UserDeactivated,
  UserPreferencesUpdated,
  UserReactivated,
  UserRegistered,
  UserSubscribed,
} from '../../../src/users/user.events.js';
import { ContentCatalogued, ContentRated, ContentWatched } from '../../../src/viewing/viewing.events.js';

interface Placed {
  streamId: string;
  event: EventToAppend;
}

const GENRES = ['drama', 'noir', 'comedy', 'science fiction'];
const PLANS = ['basic', 'standard', 'premium'] as const;

/** A generator of numbers from 0 to 1 that repeats with its seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function viewingHistory(size: {
  users: number;
  contents: number;
  events: number;
  seed: number;
}): Placed[] {
  const random = randomOf(size.seed);
  const oneOf = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!;
  const users = Array.from({ length: size.users }, () => randomUUID());
  const contents = Array.from({ length: size.contents }, (_, number) => `content ${number} "é"`);
  const registrations = users.map((userId, number) => {
    const data = {
      userId,
      email: `${number}@example.org`,
      name: `User ${number}`,
      initialPreferences: [oneOf(GENRES)],
    };
    return { streamId: `user-${userId}`, event: new UserRegistered(data) };
  });
  const others = Array.from({ length: size.events }, () => {
    const userId = random() < 0.05 ? randomUUID() : oneOf(users);
    return random() < 0.2 ? ofUser(userId, random, oneOf) : ofContent(userId, oneOf(contents), random, oneOf);
  });
  return [...registrations, ...others];
}

type OneOf = <Item>(items: readonly Item[]) => Item;

function ofUser(userId: string, random: () => number, oneOf: OneOf): Placed {
  const kind = random();
  const preferences = {
    userId,
    oldPreferences: [],
    newPreferences: [oneOf(GENRES), `p${Math.floor(random() * 9)}`],
  };
  const event =
    kind < 0.4
      ? new UserPreferencesUpdated(preferences)
      : kind < 0.7
        ? new UserSubscribed({ userId, plan: oneOf(PLANS), paymentMethod: 'card' })
        : kind < 0.85
          ? new UserDeactivated({ userId })
          : new UserReactivated({ userId });
  return { streamId: `user-${userId}`, event };
}

function ofContent(userId: string, contentId: string, random: () => number, oneOf: OneOf): Placed {
  const kind = random();
  const occurredAt = new Date(Date.UTC(2026, 0, 1) + Math.floor(random() * 1e9)).toISOString();
  const time = random() < 0.5 ? {} : { occurredAt };
  const genre = random() < 0.5 ? {} : { genre: oneOf(GENRES) };
  const watched = {
    userId,
    contentId,
    ...time,
    ...genre,
    watchDurationSeconds: Math.floor(random() * 9_000) / 7,
    completionPercentage: Math.floor(random() * 1_000) / 10,
  };
  const event =
    kind < 0.1
      ? new ContentCatalogued({
          contentId,
          title: `Title ${Math.floor(random() * 99)}`,
          genre: oneOf(GENRES),
        })
      : kind < 0.3
        ? new ContentRated({ userId, contentId, rating: 1 + Math.floor(random() * 5), ...time })
        : new ContentWatched(watched);
  return { streamId: `content-${contentId}`, event };
}
