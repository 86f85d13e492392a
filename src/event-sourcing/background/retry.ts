import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The pause before a further try, in ms: exponential back-off with equal jitter, i.e. half of
 * `base * 2^(attempt - 1)`, capped, and a random part of the other half, so that rivals do not meet again.
 *
 * @param attempt number of the try that failed, from 1
 */
export function backOffDelay(attempt: number, baseDelayMs: number, maxDelayMs = 10_000): number {
  const ceiling = Math.min(baseDelayMs * 2 ** (attempt - 1), maxDelayMs);
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}

/** Runs `work` until it succeeds, fails with something that is no reason to retry, or the attempts are used up. */
export async function retrying<Result>(
  work: () => Promise<Result>,
  options: { maxAttempts: number; baseDelayMs: number; retryOn: (error: unknown) => boolean },
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= options.maxAttempts || !options.retryOn(error)) throw error;
      await sleep(backOffDelay(attempt, options.baseDelayMs));
    }
  }
}
