import { describe, expect, it } from '@jest/globals';
import { createLoad, type LoadPlan } from '../../bench/simulate/load.js';
import type { ViewingEvent } from '../../bench/simulate/viewing-load.js';

const plan: LoadPlan = {
  seed: 7,
  users: 200,
  events: 5_000,
  days: 30,
  until: new Date('2026-03-01T12:00:00Z'),
};
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function everythingOf(changed: Partial<LoadPlan> = {}) {
  const { films, users, viewing } = createLoad({ ...plan, ...changed });
  return { films, users, events: [...viewing()] };
}

function inRange(event: ViewingEvent): boolean {
  if (event.type === 'content.rated') return [1, 2, 3, 4, 5].includes(event.rating);
  const { completionPercentage, watchDurationSeconds } = event;
  return completionPercentage > 0 && completionPercentage <= 100 && watchDurationSeconds > 0;
}

describe('the simulated load', () => {
  it('has the 3,201 films of the catalogue, each under a content id of its own', () => {
    const { films } = createLoad(plan);
    expect(films).toHaveLength(3201);
    expect(new Set(films.map((film) => film.contentId)).size).toBe(3201);
    expect(films.filter((film) => !/^[a-z0-9-]{1,128}$/.test(film.contentId))).toEqual([]);
    expect(films.filter((film) => film.title === '' || film.genre !== film.genre.toLowerCase())).toEqual([]);
  });

  it('names a film after title and year, be the title a number or missing, or the year a century late', () => {
    const { films } = createLoad(plan);
    const titleOf = new Map(films.map((film) => [film.contentId, film.title]));
    expect(titleOf.get('1776-1972')).toBe('1776');
    expect(titleOf.get('untitled-2006')).toBe('Untitled');
    expect(titleOf.get('the-wizard-of-oz-1939')).toBe('The Wizard of Oz');
    const namesakes = films.filter((film) => film.title === 'King Kong').map((film) => film.contentId);
    expect(namesakes.toSorted()).toEqual(['king-kong-1976', 'king-kong-2005']);
  });

  it('is the same for the same seed', () => {
    expect(everythingOf()).toEqual(everythingOf());
  });

  it('is another one for another seed, down to the ids', () => {
    const [one, other] = [everythingOf(), everythingOf({ seed: 8 })];
    expect(other.films).toEqual(one.films);
    const ids = new Set([
      ...one.users.map((user) => user.userId),
      ...one.events.map((event) => event.eventId),
    ]);
    expect(other.users.filter((user) => ids.has(user.userId))).toEqual([]);
    expect(other.events.filter((event) => ids.has(event.eventId))).toEqual([]);
  });

  it('keeps its first users when more are asked for', () => {
    expect(everythingOf({ users: 300 }).users.slice(0, 200)).toEqual(everythingOf().users);
  });

  it('has as many different events as asked for, and repeats some of them word for word', () => {
    const { events } = everythingOf();
    const byId = new Map(events.map((event) => [event.eventId, event]));
    expect(byId.size).toBe(5_000);
    expect(events).toHaveLength(5_020);
    expect(events.filter((event) => byId.get(event.eventId) !== event)).toEqual([]);
  });

  it('sends what the service takes: UUIDs, known films and users, values in range, nothing from the future', () => {
    const { films, users, events } = everythingOf();
    const known = new Set([...films.map((film) => film.contentId), ...users.map((user) => user.userId)]);
    const until = plan.until.getTime();
    const taken = events.filter((event) => {
      const time = Date.parse(event.occurredAt);
      const inTime = time >= until - plan.days * 86_400_000 && time <= until;
      return (
        UUID.test(event.eventId) &&
        known.has(event.contentId) &&
        known.has(event.userId) &&
        inTime &&
        inRange(event)
      );
    });
    expect(taken).toHaveLength(events.length);
  });

  it('lets some events come late', () => {
    const times = everythingOf().events.map((event) => Date.parse(event.occurredAt));
    const early = times.filter((time, index) => time < (times[index - 1] ?? 0) - 3_600_000);
    expect(early.length).toBeGreaterThan(0);
  });

  it('watches films as often as their votes say', () => {
    const { films, events } = everythingOf({ events: 60_000 });
    const views = new Map<string, number>();
    for (const { contentId } of events.filter((event) => event.type === 'content.watched')) {
      views.set(contentId, (views.get(contentId) ?? 0) + 1);
    }
    const total = [...views.values()].reduce((sum, count) => sum + count, 0);
    const votes = films.reduce((sum, film) => sum + film.votes, 0);
    const byVotes = films.toSorted((a, b) => b.votes - a.votes);
    // Groups of 100 from the most votes downwards; five standard deviations of a Poisson count.
    for (let from = 0; from < 1_000; from += 100) {
      const group = byVotes.slice(from, from + 100);
      const expected = (total * group.reduce((sum, film) => sum + film.votes, 0)) / votes;
      const seen = group.reduce((sum, film) => sum + (views.get(film.contentId) ?? 0), 0);
      expect(Math.abs(seen - expected)).toBeLessThan(5 * Math.sqrt(expected));
    }
  });

  it('gives better films better ratings, and a few users most of the views', () => {
    const { films, events } = everythingOf({ events: 20_000, users: 500 });
    const imdb = new Map(films.map((film) => [film.contentId, film.rating]));
    const stars = (good: boolean) => {
      const rated = events.filter((event) => event.type === 'content.rated');
      const group = rated.filter((event) => (imdb.get(event.contentId) ?? 0) >= 7.5 === good);
      return group.reduce((sum, event) => sum + event.rating, 0) / group.length;
    };
    expect(stars(true)).toBeGreaterThan(stars(false) + 0.5);
    const perUser = new Map<string, number>();
    for (const { userId } of events) perUser.set(userId, (perUser.get(userId) ?? 0) + 1);
    const busiest = [...perUser.values()].toSorted((a, b) => b - a).slice(0, 100);
    expect(busiest.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(events.length / 2);
  });
});
