import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The pause before the next try, in ms: exponential back-off with equal jitter. That is half of `base * 2^(attempt -
 * 1)`, capped, plus a random part of the other half, so that rivals do not meet again.
 *
 * @param attempt number of the failed try, from 1
 */
export function backOffDelay(attempt: number, baseDelayMs: number, maxDelayMs = 10_000): number {
  const ceiling = Math.min(baseDelayMs * 2 ** (attempt - 1), maxDelayMs);
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}

export interface Retries {
  maxAttempts: number;
  /** The pause after the first try, in ms; see `backOffDelay`. */
  baseDelayMs: number;
  /** Time limit in ms from the start of the first try: a try that fails later is the last. Default: no limit. */
  withinMs?: number;
  /** Whether a further try can help. */
  retryOn: (error: unknown) => boolean;
}

/**
 * Runs `work` until it succeeds, until its error must not be retried, or until attempts or time are used up.
 *
 * @param work is given the number of the try, from 1
 * @throws the error of the last try
 */
export async function retrying<Result>(
  work: (attempt: number) => Promise<Result>,
  { maxAttempts, baseDelayMs, withinMs = Infinity, retryOn }: Retries,
): Promise<Result> {
  const giveUpAt = performance.now() + withinMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (attempt >= maxAttempts || performance.now() > giveUpAt || !retryOn(error)) throw error;
      await sleep(backOffDelay(attempt, baseDelayMs));
    }
  }
}
