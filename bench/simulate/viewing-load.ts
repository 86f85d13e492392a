import type { Film } from './catalogue.js';
import type { SimulatedUser } from './population.js';
import { idsOf, Random, WeightedTable } from './random.js';

export interface WatchedEvent {
  type: 'content.watched';
  eventId: string;
  userId: string;
  contentId: string;
  genre: string;
  watchDurationSeconds: number;
  completionPercentage: number;
  occurredAt: string;
}

export interface RatedEvent {
  type: 'content.rated';
  eventId: string;
  userId: string;
  contentId: string;
  rating: number;
  occurredAt: string;
}

export type ViewingEvent = WatchedEvent | RatedEvent;

export interface ViewingPlan {
  seed: number;
  films: readonly Film[];
  users: readonly SimulatedUser[];
  /** The number of different events, without the repeats. */
  events: number;
  /** The events are spread over this many days up to `until`; none is later. */
  days: number;
  until: Date;
}

/** One of so many events is sent again under the same id, as a sender does that missed an answer. */
const REPEAT_EVERY = 250;
const REPEATED_AMONG = 1000;
const RATES = 0.15;
const DELAYED = 0.02;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** The number of events that `viewingLoad` yields: different ones and repeats. */
export function loadSize(events: number): number {
  return events + Math.floor(events / REPEAT_EVERY);
}

/**
 * The views and ratings of the users, roughly in the order of time. A film is drawn in proportion to its votes, a user
 * in proportion to its activity, each independently. The generator is lazy, so a million events need no memory.
 */
export function* viewingLoad(plan: ViewingPlan): Generator<ViewingEvent> {
  const random = new Random(`${plan.seed}/repeats`);
  const recent: ViewingEvent[] = [];
  let made = 0;
  for (const event of differentEvents(plan)) {
    yield event;
    recent[made % REPEATED_AMONG] = event;
    made += 1;
    if (made % REPEAT_EVERY === 0) yield random.pick(recent);
  }
}

function* differentEvents(plan: ViewingPlan): Generator<ViewingEvent> {
  const random = new Random(`${plan.seed}/viewing`);
  const films = new WeightedTable(plan.films, (film) => film.votes);
  const users = new WeightedTable(plan.users, (user) => user.activity);
  const idOf = idsOf(plan.seed);
  // Another number of users distributes the events differently. These are other events, with other ids.
  const eventId = (index: number) => idOf(`event/${plan.users.length}/${index}`);
  for (let made = 0; made < plan.events; made++) {
    const film = films.draw(random);
    const time = occurrence(plan, made, random);
    const watched = watch(film, users.draw(random).userId, eventId(made), time, random);
    const rates = random.chance(RATES);
    yield watched;
    if (rates && made + 1 < plan.events) yield rate(film, watched, eventId(++made), plan.until, random);
  }
}

/** Evenly over the days, not quite in order. A few come in up to three days late (a telephone was offline). */
function occurrence(plan: ViewingPlan, index: number, random: Random): number {
  const age = plan.days * DAY * (1 - index / plan.events);
  const delay = random.chance(DELAYED) ? random.between(0, 3 * DAY) : random.between(0, 10 * MINUTE);
  return plan.until.getTime() - Math.min(age + delay, plan.days * DAY);
}

function watch(film: Film, userId: string, eventId: string, time: number, random: Random): WatchedEvent {
  const completionPercentage = completion(random);
  return {
    type: 'content.watched',
    eventId,
    userId,
    contentId: film.contentId,
    genre: film.genre,
    watchDurationSeconds: Math.round(film.minutes * 60 * (completionPercentage / 100)),
    completionPercentage,
    occurredAt: new Date(time).toISOString(),
  };
}

/** Six of ten see a film to its end (or its credits), one of five gives up early, the rest stop somewhere. */
function completion(random: Random): number {
  const kind = random.next();
  if (kind < 0.6) return random.integer(90, 100);
  return kind < 0.8 ? random.integer(1, 20) : random.integer(20, 90);
}

/** At most half an hour after watching; 1 to 5 stars around half the film's IMDB rating. */
function rate(film: Film, watched: WatchedEvent, eventId: string, until: Date, random: Random): RatedEvent {
  const stars = Math.round(film.rating / 2 + random.normal() * 0.8);
  const time = Date.parse(watched.occurredAt) + random.between(MINUTE, 30 * MINUTE);
  return {
    type: 'content.rated',
    eventId,
    userId: watched.userId,
    contentId: film.contentId,
    rating: Math.min(Math.max(stars, 1), 5),
    occurredAt: new Date(Math.min(time, until.getTime())).toISOString(),
  };
}
