import { MAX_INTEGER } from '../event-sourcing/for-service.js';
import type { ContentPopularity } from './content-popularity.entity.js';

export const SORTS = ['trending', 'views', 'watchTime', 'viewers', 'rating', 'completion'] as const;
export type Sort = (typeof SORTS)[number];

interface SortKey {
  sql: string;
  of: (content: ContentPopularity) => number;
  /** Whether a text can be a value of `of`, and a parameter of the expression's type. */
  fits: (text: string) => boolean;
}

const isNumber = (text: string) => text !== 'NaN' && String(Number(text)) === text;
const isInteger = (text: string) =>
  isNumber(text) && Math.abs(Number(text)) <= MAX_INTEGER && Number.isInteger(Number(text));

/**
 * The expression by which each sort of the chart ascends. It is minus the value, so the highest values come first and a
 * page is one row comparison together with the content id. The indexes in the migration have the same expressions, to
 * the letter. `of` computes the same value for a cursor.
 */
export const sortKeys: Record<Sort, SortKey> = {
  trending: { sql: '-trending', of: (content) => -content.trending, fits: isNumber },
  views: { sql: '-total_views', of: (content) => -content.totalViews, fits: isInteger },
  watchTime: { sql: '-total_watch_time', of: (content) => -content.totalWatchTime, fits: isNumber },
  viewers: { sql: '-unique_viewers', of: (content) => -content.uniqueViewers, fits: isInteger },
  rating: {
    sql: '-coalesce(rating_sum / nullif(rating_count, 0), 0)',
    of: ({ ratingSum, ratingCount }) => (ratingCount === 0 ? 0 : -(ratingSum / ratingCount)),
    fits: isNumber,
  },
  completion: {
    sql: '-coalesce(completion_sum / nullif(total_views, 0), -1)',
    of: ({ completionSum, totalViews }) => (totalViews === 0 ? 1 : -(completionSum / totalViews)),
    fits: isNumber,
  },
};
