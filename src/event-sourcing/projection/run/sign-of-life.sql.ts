/** How old a sign of life may be before a worker or a process counts as gone, in seconds. */
export const SIGN_OF_LIFE_TTL_S = 15;

/** How old it may be before the row is deleted, in seconds. */
export const KEPT_S = SIGN_OF_LIFE_TTL_S * 4;

/**
 * Whether a row's last sign of life is at most this many seconds old. A sign from the future does not count: the clock
 * of the database was ahead then, and the row would seem alive until that time is over.
 */
export const wasSeenWithin = (seconds: number, row: string) =>
  `abs(extract(epoch from clock_timestamp() - ${row}.seen_at)) < ${seconds}`;

/** Whether a worker or a process has given a sign of life within `SIGN_OF_LIFE_TTL_S`. */
export const isAlive = (row: string) => wasSeenWithin(SIGN_OF_LIFE_TTL_S, row);
