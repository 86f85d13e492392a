import { setTimeout as sleep } from 'node:timers/promises';
import { SimulationFailure } from './failure.js';
import { call, fieldOf, type Answer, type Call } from './http-call.js';

/** Ten to twenty seconds with the pauses below: enough for a restart of the service or of its database. */
const MAX_ATTEMPTS = 10;
const BASE_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;
/** A `Retry-After` longer than this counts as this. */
const MAX_ASKED_MS = 60_000;

const RETRIED_STATUS = new Set([429, 502, 503, 504]);
const RETRIED_CONNECTION = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT']);

/**
 * Sends a request, and tries again while the service cannot answer: it restarts, is busy, or asks for a pause. Every
 * request may be sent twice: commands carry a key, viewing events an id.
 *
 * @returns the first answer that is final, or the last one when there are no tries left
 * @throws SimulationFailure when the connection fails for good
 */
export async function callWithRetries(request: Call, stop: AbortSignal): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await attemptCall(request, stop);
    const pause = pauseAfter(outcome, attempt);
    if (pause === undefined || attempt === MAX_ATTEMPTS) return settle(outcome, request, attempt);
    await sleep(pause, undefined, { signal: stop });
  }
}

async function attemptCall(request: Call, stop: AbortSignal): Promise<Answer | Error> {
  try {
    return await call(request, stop);
  } catch (error) {
    stop.throwIfAborted();
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** The pause before the next try, in ms; undefined when the outcome is final. */
function pauseAfter(outcome: Answer | Error, attempt: number): number | undefined {
  const backOff = Math.min(BASE_DELAY_MS * 2 ** (attempt - 1), MAX_DELAY_MS) * (0.5 + Math.random() / 2);
  if (outcome instanceof Error) return RETRIED_CONNECTION.has(connectionCode(outcome)) ? backOff : undefined;
  if (!mayPass(outcome)) return undefined;
  const asked = Number(outcome.headers['retry-after'] ?? 0) * 1000;
  return Math.max(backOff, Math.min(asked || 0, MAX_ASKED_MS));
}

/**
 * Whether another try may succeed. A conflict of versions passes: two requests met, and neither is wrong. "Not caught
 * up" is final here, because its caller waits by itself.
 */
function mayPass({ status, body }: Answer): boolean {
  const problem = fieldOf(body, 'type');
  if (status === 409) return problem === 'version-conflict';
  return RETRIED_STATUS.has(status) && problem !== 'not-caught-up';
}

function connectionCode(error: Error): string {
  const code = fieldOf(error, 'code');
  return typeof code === 'string' ? code : '';
}

function settle(outcome: Answer | Error, { method, url }: Call, attempts: number): Answer {
  if (!(outcome instanceof Error)) return outcome;
  const why = connectionCode(outcome) || outcome.message;
  throw new SimulationFailure(
    `${method} ${url} got no answer (${why}, ${attempts} tries). Is the service still running?`,
  );
}
