import type { ContentPopularity } from './content-popularity.entity.js';

export const SORTS = ['trending', 'views', 'watchTime', 'viewers', 'rating', 'completion'] as const;
export type Sort = (typeof SORTS)[number];

/**
 * What each sort of the chart ascends by: minus the value, so that the highest come first and a page is one row
 * comparison together with the content id. The expressions are those of the indexes in the migration, to the letter;
 * `of` computes the same value for a cursor.
 */
export const sortKeys: Record<Sort, { sql: string; of: (content: ContentPopularity) => number }> = {
  trending: { sql: '-trending', of: (content) => -content.trending },
  views: { sql: '-total_views', of: (content) => -content.totalViews },
  watchTime: { sql: '-total_watch_time', of: (content) => -content.totalWatchTime },
  viewers: { sql: '-unique_viewers', of: (content) => -content.uniqueViewers },
  rating: {
    sql: '-coalesce(rating_sum / nullif(rating_count, 0), 0)',
    of: ({ ratingSum, ratingCount }) => (ratingCount === 0 ? 0 : -(ratingSum / ratingCount)),
  },
  completion: {
    sql: '-coalesce(completion_sum / nullif(total_views, 0), -1)',
    of: ({ completionSum, totalViews }) => (totalViews === 0 ? 1 : -(completionSum / totalViews)),
  },
};
