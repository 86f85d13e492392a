import { describe, it } from '@jest/globals';
import { givenReadModel, rowsOf } from '../testing/index.js';
import { ContentRated, ContentWatched } from '../viewing/viewing.events.js';
import { ContentPopularity, ContentViewer } from './content-popularity.entity.js';
import { ContentPopularityProjection } from './content-popularity.projection.js';
import { TrendingScore } from './trending-score.js';

const of = { contentId: 'emma', userId: 'ada' };
const [second, third] = [2, 3].map((day) => new Date(Date.UTC(2026, 0, day)));
const rated = (rating: number, at: Date) => new ContentRated({ ...of, rating, occurredAt: at.toISOString() });

const emma = {
  contentId: 'emma',
  title: 'Emma',
  genre: 'comedy',
  catalogued: true,
  totalViews: 1,
  totalWatchTime: 60,
  completionSum: 50,
  uniqueViewers: 1,
  ratingSum: 0,
  ratingCount: 0,
  trending: 0,
  lastUpdated: new Date(0),
};
const viewer = { ...of, viewed: true, rating: null, ratedAt: null };
const popularity = (...rows: object[]) =>
  givenReadModel(ContentPopularityProjection, rows, [
    { provide: TrendingScore, useValue: new TrendingScore(24) },
  ]);
/** The time at which the log took the event with this number. */
const logged = (number: number) => new Date(Date.UTC(2025, 0, 1, 0, 0, number));

describe('the popularity of a content', () => {
  it('has one rating of each user, the latest by the time it was given', () => {
    popularity(...rowsOf(ContentPopularity, emma), ...rowsOf(ContentViewer, viewer))
      .when(rated(2, second!), rated(5, third!), rated(1, second!))
      .then([
        ...rowsOf(ContentPopularity, { ...emma, ratingSum: 5, ratingCount: 1, lastUpdated: logged(3) }),
        ...rowsOf(ContentViewer, { ...viewer, rating: 5, ratedAt: third! }),
      ]);
  });

  it('counts a viewer once, and each view', () => {
    const watched = new ContentWatched({ ...of, watchDurationSeconds: 30, completionPercentage: 0 });
    popularity(...rowsOf(ContentPopularity, emma), ...rowsOf(ContentViewer, viewer))
      .when(watched, watched)
      .then([
        ...rowsOf(ContentPopularity, { ...emma, totalViews: 3, totalWatchTime: 120, lastUpdated: logged(2) }),
        ...rowsOf(ContentViewer, viewer),
      ]);
  });
});
