import { describe, expect, it } from '@jest/globals';
import { TrendingScore } from './trending-score.js';

interface View {
  /** From 0 to 1: the part of the content that was watched. */
  weight: number;
  time: Date;
}

const HOUR = 3_600_000;
const now = new Date('2026-03-01T12:00:00Z');
const ago = (hours: number) => new Date(now.getTime() - hours * HOUR);

/** The definition: each view counts its weight, which each half-life of its age halves. */
function direct(views: readonly View[], halfLifeHours: number, at = now): number {
  const part = ({ weight, time }: View) =>
    weight * 2 ** (-(at.getTime() - time.getTime()) / HOUR / halfLifeHours);
  return views.reduce((sum, view) => sum + part(view), 0);
}

const fold = (score: TrendingScore, views: readonly View[]) =>
  views.reduce((logarithm, { weight, time }) => score.add(logarithm, weight, time), -Infinity);

/** Numbers from 0 to 1 that are the same in each run (Mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function randomViews(seed: number, count: number, withinHours: number): View[] {
  const next = random(seed);
  return Array.from({ length: count }, () => ({ weight: next(), time: ago(next() * withinHours) }));
}

/** Compares relative to the expected score, since scores span many orders of magnitude. */
function expectClose(actual: number, expected: number): void {
  expect(Math.abs(actual / expected - 1)).toBeLessThan(1e-9);
}

describe('the trending score', () => {
  const score = new TrendingScore(24);

  it('of nothing is 0, at any time', () => {
    expect(score.at(now, -Infinity)).toBe(0);
    expect(score.at(new Date(0), -Infinity)).toBe(0);
  });

  it('of a view is its weight at that moment, half of it a half-life later, a quarter after two', () => {
    const logarithm = score.add(-Infinity, 0.8, ago(0));
    for (const [hours, expected] of [
      [0, 0.8],
      [24, 0.4],
      [48, 0.2],
      [240, 0.8 / 1024],
    ] as const) {
      expectClose(score.at(ago(-hours), logarithm), expected);
    }
  });

  it.each([
    [1, 1, 24],
    [2, 50, 24],
    [3, 2_000, 24],
    [4, 500, 0.5],
    [5, 500, 1_000],
    [6, 500, 87_600],
  ])(
    'is the direct sum of random views (seed %d, %d views, half-life %d h)',
    (seed, count, halfLifeHours) => {
      const views = randomViews(seed, count, 20 * halfLifeHours);
      const trending = new TrendingScore(halfLifeHours);
      expectClose(trending.at(now, fold(trending, views)), direct(views, halfLifeHours));
    },
  );

  it('does not depend on the order in which views arrive', () => {
    const views = randomViews(7, 300, 500);
    const expected = direct(views, 24);
    const byTime = views.toSorted((a, b) => a.time.getTime() - b.time.getTime());
    for (const order of [views, byTime, byTime.toReversed()]) {
      expectClose(score.at(now, fold(score, order)), expected);
    }
  });

  it('is not changed by a view of weight 0, be it the first or a later one', () => {
    const nothing = score.add(-Infinity, 0, now);
    expect(score.at(now, nothing)).toBe(0);
    const one = score.add(nothing, 0.5, ago(5));
    expect(score.add(one, 0, now)).toBe(one);
    expectClose(score.at(now, one), direct([{ weight: 0.5, time: ago(5) }], 24));
  });

  it('stays finite and right over a year of views with a half-life of 36 seconds', () => {
    const brief = new TrendingScore(0.01);
    const views = Array.from({ length: 366 }, (_, day) => ({ weight: 1, time: ago((365 - day) * 24) }));
    const logarithm = fold(brief, views);
    expect(Number.isFinite(logarithm)).toBe(true);
    expectClose(brief.at(now, logarithm), 1);
    // 2,400 half-lives are beyond the smallest double: the score is 0 then, not a wrong number.
    expect(brief.at(ago(-24), logarithm)).toBe(0);
  });

  it('counts what happened before its landmark as well as what happened after it', () => {
    const at = new Date('1971-01-01T00:00:00Z');
    const views = [1, 30, 100].map((hours) => ({ weight: 0.3, time: new Date(at.getTime() - hours * HOUR) }));
    expectClose(score.at(at, fold(score, views)), direct(views, 24, at));
  });

  it('still notices a view after a million equal ones', () => {
    let logarithm = -Infinity;
    for (let count = 0; count < 1_000_000; count++) logarithm = score.add(logarithm, 1, now);
    expectClose(score.at(now, logarithm), 1_000_000);
    expectClose(score.at(now, score.add(logarithm, 1, now)), 1_000_001);
  });

  it('never changes the order of two contents by time passing', () => {
    const contents = Array.from({ length: 40 }, (_, seed) => fold(score, randomViews(seed, 20, 400)));
    const orderAt = (at: Date) =>
      contents
        .map((_, index) => index)
        .toSorted((a, b) => score.at(at, contents[b]!) - score.at(at, contents[a]!));
    const order = contents.map((_, index) => index).toSorted((a, b) => contents[b]! - contents[a]!);
    for (const hours of [0, 1, 24, 500, 5_000]) expect(orderAt(ago(-hours))).toEqual(order);
  });

  it('is a number whatever the times: JSON has neither infinity nor NaN', () => {
    for (const halfLife of [0.01, 24, 87_600]) {
      const decay = new TrendingScore(halfLife);
      const twoYears = fold(decay, [{ weight: 1, time: ago(-2 * 365 * 24) }]);
      const unreadable = [
        { weight: 1, time: new Date(Number.NaN) },
        { weight: -1, time: now },
        { weight: Number.NaN, time: now },
      ];
      for (const at of [now, ago(87_600), ago(-87_600)]) {
        expect(Number.isFinite(decay.at(at, twoYears))).toBe(true);
        expect(decay.at(at, Number.NaN)).toBe(0);
        expect(fold(decay, [{ weight: 1, time: at }, ...unreadable])).toBe(
          fold(decay, [{ weight: 1, time: at }]),
        );
      }
    }
  });
});
