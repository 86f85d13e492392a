/** How many events are read at once. All are in memory. */

/**
 * Page size for a stream, and for the log when the caller gives no number. An aggregate of usual length comes with one
 * round trip, and the next page is rarely needed.
 */
export const READ_PAGE = 500;

/**
 * Page size for a walk through the whole log, to verify or rehearse it. Measured with 1,000,000 events of a film
 * service: a heap of 40 MB is enough; pages of 4,000 are 8% faster.
 */
export const WALK_PAGE = 1_000;

/** Page size for a projection. */
export const WINDOW_PAGE = 4_000;

/**
 * The most bytes of the events of any page, since each event may have some megabytes. Pages of usual events have fewer.
 * Two projections that read ahead have four pages in memory.
 */
export const READ_BYTES = 4 * 2 ** 20;
