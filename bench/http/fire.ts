import { importPeer } from '../peers.js';

/** What `fire` is asked for, as JSON in its first argument. */
export interface Volley {
  url: string;
  method: 'PUT' | 'POST';
  userIds: readonly string[];
  connections: number;
  warmUpSeconds: number;
  seconds: number;
}

/** What it prints, as JSON. */
export interface Hits {
  /** Answers with 2xx, those of the warm-up apart. */
  ok: number;
  warmUp: number;
  perSecond: number;
  p50: number;
  p99: number;
}

/** What is used of autocannon. */
type Autocannon = (options: {
  url: string;
  connections: number;
  duration: number;
  setupClient: (client: { setRequests(requests: object[]): void }) => void;
}) => Promise<AutocannonResult>;

interface AutocannonResult {
  '2xx': number;
  non2xx: number;
  errors: number;
  timeouts: number;
  duration: number;
  latency: { p50: number; p99: number };
}

const autocannon = importPeer('autocannon') as Autocannon;
const volley = JSON.parse(process.argv[2]!) as Volley;

const warmUp = await fire(volley, 'warm-up', volley.warmUpSeconds);
const { latency, duration, '2xx': ok } = await fire(volley, 'measured', volley.seconds);
const hits: Hits = {
  ok,
  warmUp: warmUp['2xx'],
  perSecond: ok / duration,
  p50: latency.p50,
  p99: latency.p99,
};
console.log(JSON.stringify(hits));

/**
 * Each connection has users of its own and gives them one set of preferences, then the other: every request changes
 * something, and none overtakes another. The requests are made beforehand, so that this costs the machine little.
 */
async function fire({ url, method, userIds, connections }: Volley, label: string, seconds: number) {
  let next = 0;
  const setupClient = (client: { setRequests(requests: object[]): void }) => {
    const connection = next++;
    const own = userIds.filter((_, index) => index % connections === connection);
    client.setRequests(
      ['thriller', 'documentary'].flatMap((genre) =>
        own.map((userId) => ({
          method,
          path: `/users/${userId}/preferences`,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ preferences: ['drama', genre, label] }),
        })),
      ),
    );
  };
  const result = await autocannon({ url, connections, duration: seconds, setupClient });
  if (result['2xx'] === 0 || result.non2xx + result.errors + result.timeouts > 0) {
    throw new Error(
      `${method} at ${url}: ${result['2xx']} answers with 2xx, ${result.non2xx} with others, ${result.errors} errors`,
    );
  }
  return result;
}
