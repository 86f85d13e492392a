import { SimulationFailure } from './failure.js';
import type { Options } from './options.js';

/** The service to which a run sends. */
export interface Service {
  url: string;
  description: string;
  stop(): Promise<void>;
}

const PROBE_TIMEOUT_MS = 3_000;

/**
 * The service that answers at the URL. If none does, `startOwn` starts one, unless the user has given the URL.
 *
 * @throws SimulationFailure that names the URL and the cure
 */
export async function findService(
  { url, urlGiven }: Options,
  startOwn: () => Promise<Service>,
  stop: AbortSignal,
): Promise<Service> {
  if (await answers(`${url}/health/live`, stop)) {
    return { url, description: 'a running service', stop: async () => {} };
  }
  if (!urlGiven) return startOwn();
  throw new SimulationFailure(
    `No Eventfold service answers at ${url}. Start one with npm start, correct --url, or leave --url out: ` +
      'then this run starts a service of its own.',
  );
}

/** Whether a GET is answered 200. */
export async function answers(url: string, stop: AbortSignal): Promise<boolean> {
  try {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
    const response = await fetch(url, { signal });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    stop.throwIfAborted();
    return false;
  }
}
