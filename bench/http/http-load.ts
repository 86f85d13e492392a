import { importPeer } from '../peers.js';
import { authorizationOf } from './tokens.js';

/** The parameters of `http-load`, as JSON in its first argument. */
export interface HttpLoad {
  url: string;
  kind: keyof typeof KINDS;
  userIds: readonly string[];
  connections: number;
  warmUpSeconds: number;
  seconds: number;
}

/** The output of `http-load`, as JSON. */
export interface HttpLoadResult {
  /** Answers with 2xx, without those of the warm-up. */
  ok: number;
  warmUp: number;
  perSecond: number;
  p50: number;
  p99: number;
  /** Answers with 5xx, and requests without an answer. */
  failures: number;
}

/** The part of autocannon that is used here. */
type Autocannon = (options: {
  url: string;
  connections: number;
  duration: number;
  setupClient: (client: { setRequests(requests: object[]): void }) => void;
}) => Promise<AutocannonResult>;

interface AutocannonResult {
  '2xx': number;
  '5xx': number;
  non2xx: number;
  errors: number;
  timeouts: number;
  duration: number;
  latency: { p50: number; p99: number };
}

/** The requests for each user, in this order, again and again. */
const preferences = (method: 'PUT' | 'POST') => (userId: string, set: readonly string[]) => ({
  method,
  path: `/users/${userId}/preferences`,
  headers: { 'content-type': 'application/json', ...authorizationOf(userId) },
  body: JSON.stringify({ preferences: set }),
});
const profile = (userId: string) => ({
  method: 'GET',
  path: `/users/${userId}/profile`,
  headers: authorizationOf(userId),
});
const KINDS = {
  preferences: [preferences('PUT')],
  /** The requests in the form that the bare service takes. */
  posts: [preferences('POST')],
  profiles: [profile],
  mixed: [preferences('PUT'), profile],
} as const;

const autocannon = importPeer('autocannon') as Autocannon;
const load = JSON.parse(process.argv[2]!) as HttpLoad;

const warmUp = load.warmUpSeconds > 0 ? await sendLoad(load, 'warm-up', load.warmUpSeconds) : undefined;
const { latency, duration, '2xx': ok, ...failed } = await sendLoad(load, 'measured', load.seconds);
const output: HttpLoadResult = {
  ok,
  warmUp: warmUp?.['2xx'] ?? 0,
  perSecond: ok / duration,
  p50: latency.p50,
  p99: latency.p99,
  failures: failed['5xx'] + failed.errors + failed.timeouts,
};
console.log(JSON.stringify(output));

/**
 * Each connection has users of its own. It gives them one set of preferences, then the other, so every request changes
 * something, and no request overtakes another. The requests are made beforehand, so that this costs the machine little.
 */
async function sendLoad({ url, kind, userIds, connections }: HttpLoad, label: string, seconds: number) {
  let next = 0;
  const setupClient = (client: { setRequests(requests: object[]): void }) => {
    const connection = next++;
    const own = userIds.filter((_, index) => index % connections === connection);
    client.setRequests(
      ['thriller', 'documentary'].flatMap((genre) =>
        own.flatMap((userId) => KINDS[kind].map((make) => make(userId, ['drama', genre, label]))),
      ),
    );
  };
  const result = await autocannon({ url, connections, duration: seconds, setupClient });
  const { non2xx, errors, timeouts } = result;
  // The load is there to provoke failures. In the other parts they spoil the figures.
  const spoiled = kind === 'mixed' ? non2xx - result['5xx'] : non2xx + errors + timeouts;
  if (result['2xx'] === 0 || spoiled > 0) {
    throw new Error(
      `${kind} at ${url}: ${result['2xx']} answers with 2xx, ${non2xx} with others, ${errors} errors`,
    );
  }
  return result;
}
