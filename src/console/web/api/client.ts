import { personalDataHeader } from './personal-data.js';
import { noAnswer, Problem, problemOf } from './problem.js';
import { refuseToken, token } from './token.js';

const address = document.querySelector<HTMLMetaElement>('meta[name="eventfold-api"]')!.content;
/** The address of the operators' routes; it ends with a slash. */
const API = new URL(address, new URL('.', location.href));

export type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>;

/** The address of a route. Give parts of the path that are data through `encodeURIComponent`, as `path` does. */
export function urlOf(route: string, query: Query = {}): URL {
  const url = new URL(route, API);
  for (const [name, value] of Object.entries(query)) {
    for (const each of [value ?? []].flat()) if (each !== '') url.searchParams.append(name, String(each));
  }
  return url;
}

/** A path with data in it: path`projections/${name}/parked`. */
export const path = (parts: TemplateStringsArray, ...values: (string | number)[]): string =>
  parts.reduce((whole, part, index) => whole + segment(String(values[index - 1]!)) + part);

/** Browsers read these as steps in a path, however they are written. @throws Problem */
function segment(value: string): string {
  if (value !== '.' && value !== '..') return encodeURIComponent(value);
  const detail =
    `A browser cannot ask for the name "${value}": it takes it for a step in the path. ` +
    'The command line can: "eventfold --help" lists its commands.';
  throw new Problem(0, 'page', 'No address leads to this name', detail, null);
}

export interface RequestOptions {
  query?: Query;
  signal?: AbortSignal;
}

/** @throws Problem */
export const get = <Body>(route: string, options: RequestOptions = {}): Promise<Body> =>
  send('GET', route, undefined, options);

/** @throws Problem */
export const post = <Body>(route: string, body?: object, options: RequestOptions = {}): Promise<Body> =>
  send('POST', route, body, options);

/** @throws Problem */
export const remove = <Body>(route: string, options: RequestOptions = {}): Promise<Body> =>
  send('DELETE', route, undefined, options);

async function send<Body>(
  method: string,
  route: string,
  body: object | undefined,
  { query, signal }: RequestOptions,
): Promise<Body> {
  const response = await request(urlOf(route, query), {
    method,
    headers: { Accept: 'application/json', ...(body && { 'Content-Type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  return (await response.json()) as Body;
}

export interface FetchOptions extends Omit<RequestInit, 'headers'> {
  headers: Record<string, string>;
}

/**
 * Sends a request with the token.
 *
 * @throws Problem when there is no answer, or one that is no success
 */
export async function request(url: URL, options: FetchOptions): Promise<Response> {
  const sent = token.peek();
  const headers = {
    ...options.headers,
    ...personalDataHeader(),
    ...(sent !== undefined && { Authorization: `Bearer ${sent}` }),
  };
  const response = await fetch(url, { ...options, headers }).catch((error: unknown) => {
    throw isAbort(error) ? error : noAnswer();
  });
  if (response.ok) return response;
  if (response.status === 401) refuseToken(sent);
  throw await problemOf(response);
}

export const isAbort = (error: unknown): boolean =>
  error instanceof DOMException && error.name === 'AbortError';

/** What went wrong, for a person. A fault of this page is one, too. */
export const asProblem = (error: unknown): Problem =>
  error instanceof Problem ? error : new Problem(0, 'page', 'The page has a fault', String(error), null);
