/**
 * The hosts of `test/examples/todays-hosts`: the requests to them, and the comparable parts of answers and log lines.
 */
import { headersOf } from './host-answers.js';

export type HostName = 'people' | 'posts' | 'media' | 'store';

type Request = readonly [method: string, path: string, body?: unknown, headers?: Record<string, string>];

/** An application that runs, in this process or another. */
export interface StartedHost {
  url: string;
  /** All lines of its log so far. */
  lines(): string[];
  stop(): Promise<unknown>;
}

const many = (count: number, request: Request) => Array.from({ length: count }, () => request);

/** Requests to the routes that each host had before, one after the other. */
export const OWN_REQUESTS: Record<HostName, readonly Request[]> = {
  people: [
    ['POST', '/api/v1/people', { email: 'ada@example.org', born: '1815', place: { floor: 1 }, more: true }],
    ['POST', '/api/v1/people', { email: 'ada', born: 'long ago', place: { floor: 'top' } }],
    ['POST', '/api/v1/people', '{"email":'],
    ['GET', '/api/v1/people'],
    ['GET', '/api/v1/people/1'],
    ['GET', '/api/v1/people/2'],
    ['GET', '/api/v1/people/ada'],
    ['GET', '/api/people'],
    ['GET', '/people'],
    ['OPTIONS', '/api/v1/people'],
    ['HEAD', '/api/v1/people'],
  ],
  posts: [
    ['POST', '/v1/posts', { shortTitle: 'First' }, { 'x-request-id': 'balancer-1' }],
    ['POST', '/v1/posts', { shortTitle: 'First' }],
    ['POST', '/v1/posts', { shortTitle: '', author: 'Ada' }],
    ['POST', '/v1/posts/pairs', { shortTitle: 'Second' }],
    ['GET', '/health'],
    ...many(6, ['GET', '/v1/posts']),
    ['GET', '/posts'],
  ],
  media: [
    ['POST', '/media/collections', { title: 'Films' }],
    ['POST', '/media/collections', {}],
    ['POST', '/media/collections', '{"title":'],
    ['GET', '/media/collections', undefined, { origin: 'https://example.org' }],
    ['GET', '/media/collections/broken'],
    ['GET', '/media/nowhere'],
    ['GET', '/docs-json'],
  ],
  store: [
    ['POST', '/products/lamp', {}],
    ['POST', '/products/refused', {}],
    ['GET', '/products/lamp', undefined, { origin: 'https://store.example.org' }],
    ['GET', '/products/refused'],
    ['GET', '/products/lamp', undefined, { authorization: 'Bearer stolen' }],
    ['GET', '/nowhere'],
  ],
};

/** The beginning of each host's paths, for controllers without a version of their own. */
export const PREFIXES: Record<HostName, string> = { people: '/api', posts: '', media: '/media', store: '' };

/** Each answer as its client sees it, without times. */
export async function answersOf({ url }: StartedHost, requests: readonly Request[]) {
  const answers: object[] = [];
  for (const [method, path, body, headers] of requests) {
    const response = await fetch(url + path, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const said = await response.text();
    const text = said.replaceAll(/"(timestamp|responseTime)":("[^"]*"|\d+)/g, '"$1":"..."');
    const shown = shownOf(response.headers, text === said);
    answers.push({ request: `${method} ${path}`, status: response.status, headers: shown, text });
  }
  return answers;
}

/** A body with a time has a length and a tag that differ each time. */
function shownOf(headers: Headers, isSame: boolean) {
  const ofTime = ['x-ratelimit-reset', 'retry-after', ...(isSame ? [] : ['content-length', 'etag'])];
  const shown = Object.entries(headersOf(headers));
  return Object.fromEntries(shown.map(([name, value]) => [name, ofTime.includes(name) ? '...' : value]));
}

/** Members of a line that differ at each start or each request. */
const OF_A_RUN = new Set(['time', 'pid', 'hostname', 'host', 'responseTime', 'remotePort', 'stack']);

/** A line of JSON without the members that differ at each run. */
export const shapeOf = (line: string): unknown =>
  JSON.parse(line, (name, value: unknown) => (OF_A_RUN.has(name) ? '...' : value));
