/*
 * How many events are read at once. Each is held in memory whole, and may be of a megabyte.
 */

/**
 * Of a stream, or of the log for a caller who says no number. An aggregate of usual length comes with one round trip,
 * and the page after it is rarely needed.
 */
export const READ_PAGE = 500;

/**
 * Of a walk through the whole log: to verify it, and to rehearse it. Measured with 1,000,000 events of a film service:
 * a heap of 40 MB is enough; pages of 4,000 are 8% faster.
 */
export const WALK_PAGE = 1_000;
