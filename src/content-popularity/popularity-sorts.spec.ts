import { describe, expect, it } from '@jest/globals';
import type { ContentPopularity } from './content-popularity.entity.js';
import { type Sort, sortKeys, SORTS } from './popularity-sorts.js';

const unseen = {
  contentId: 'unseen',
  title: null,
  genre: null,
  catalogued: false,
  totalViews: 0,
  totalWatchTime: 0,
  completionSum: 0,
  uniqueViewers: 0,
  ratingSum: 0,
  ratingCount: 0,
  trending: -Infinity,
  lastUpdated: new Date(0),
} satisfies ContentPopularity;
const content = (contentId: string, counted: Partial<ContentPopularity>): ContentPopularity => ({
  ...unseen,
  contentId,
  ...counted,
});

function chart(sort: Sort, contents: readonly ContentPopularity[]): string[] {
  const { of } = sortKeys[sort];
  const ascending = contents.toSorted((a, b) => (of(a) === of(b) ? 0 : of(a) - of(b)));
  return ascending.map(({ contentId }) => contentId);
}

describe('the sorts of the chart', () => {
  it('are those of the API', () => {
    expect(SORTS).toEqual(['trending', 'views', 'watchTime', 'viewers', 'rating', 'completion']);
    expect(Object.keys(sortKeys)).toEqual([...SORTS]);
  });

  it.each<[Sort, Partial<ContentPopularity>, Partial<ContentPopularity>]>([
    ['trending', { trending: 400.25 }, { trending: -3 }],
    ['views', { totalViews: 10 }, { totalViews: 9 }],
    ['watchTime', { totalWatchTime: 100 }, { totalWatchTime: 99.5 }],
    ['viewers', { uniqueViewers: 2 }, { uniqueViewers: 1 }],
    ['rating', { ratingSum: 9, ratingCount: 2 }, { ratingSum: 40, ratingCount: 10 }],
    ['completion', { completionSum: 180, totalViews: 2 }, { completionSum: 800, totalViews: 10 }],
  ])('put the highest by %s first and the one without any last', (sort, high, low) => {
    expect(chart(sort, [unseen, content('low', low), content('high', high)])).toEqual([
      'high',
      'low',
      'unseen',
    ]);
  });

  it('put an unrated content behind the worst rating', () => {
    const worst = content('worst', { ratingSum: 3, ratingCount: 3 });
    expect(chart('rating', [unseen, worst])).toEqual(['worst', 'unseen']);
  });

  it('put a content without a view behind one that all viewers left at once', () => {
    const left = content('left', { completionSum: 0, totalViews: 3 });
    expect(chart('completion', [unseen, left])).toEqual(['left', 'unseen']);
  });

  it.each(SORTS)('give a cursor by %s that survives being text, infinity included', (sort) => {
    const thirds = content('thirds', {
      totalViews: 3,
      totalWatchTime: 0.1,
      completionSum: 100,
      ratingSum: 10,
      ratingCount: 3,
      trending: 1 / 3,
    });
    for (const key of [sortKeys[sort].of(thirds), sortKeys[sort].of(unseen)]) {
      expect(Number(String(key)) === key).toBe(true);
    }
  });

  it.each<[Sort, string, boolean]>([
    ['views', '-12', true],
    ['views', '1.5', false],
    ['views', '9999999999', false],
    ['trending', '-400.25', true],
    ['trending', 'Infinity', true],
    ['trending', 'NaN', false],
    ['trending', '1e999', false],
    ['rating', "0'; drop", false],
  ])('know what can be a value of a cursor: %s %s', (sort, text, fits) => {
    expect(sortKeys[sort].fits(text)).toBe(fits);
  });
});
