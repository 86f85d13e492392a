import type { Logger } from '@nestjs/common';

/** A stop is called slow after this time, in ms, and again each time it has passed. */
const SLOW_MS = 3_000;

/** The stops of parts that are under way, by the name of the part for a person, such as `projection "user-profile"`. */
export type StopsUnderWay = Readonly<Record<string, Promise<unknown>>>;

/**
 * Waits for all stops. While it waits for long it says each 3 s which parts have not stopped: otherwise nobody learns
 * which handler keeps an application from its end.
 */
export async function awaitStops(stops: StopsUnderWay, logger: Pick<Logger, 'warn'>): Promise<void> {
  const left = new Set(Object.keys(stops));
  const since = performance.now();
  const telling = setInterval(() => {
    const seconds = Math.round((performance.now() - since) / 1_000);
    logger.warn(`The stop has taken ${seconds} s so far, and waits for ${[...left].join(', ')}.`);
  }, SLOW_MS);
  const ended = Object.entries(stops).map(([name, stop]) => stop.finally(() => left.delete(name)));
  try {
    await Promise.all(ended);
  } finally {
    clearInterval(telling);
  }
}
