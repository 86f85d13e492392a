import { noteFaults } from './described-answers.js';

/** An answer of the API, its body parsed. */
export interface Answer<Body = any> {
  status: number;
  headers: Headers;
  body: Body;
}

/** The HTTP client of the tests. Every answer is checked against the OpenAPI document. */
export class Api {
  constructor(readonly url: string) {}

  get = (path: string, headers?: Record<string, string>) => this.send('GET', path, undefined, headers);
  post = (path: string, body?: unknown, headers?: Record<string, string>) =>
    this.send('POST', path, body, headers);
  put = (path: string, body?: unknown, headers?: Record<string, string>) =>
    this.send('PUT', path, body, headers);

  /** A string is sent unchanged. */
  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await (isFeed(response) ? beginningOf(response) : response.text());
    const isJson = response.headers.get('content-type')?.includes('json');
    const { status, headers: received } = response;
    const answer = { status, headers: received, body: isJson ? JSON.parse(text) : text };
    noteFaults(method, path, answer);
    return answer;
  }
}

const isFeed = ({ headers }: Response) =>
  headers.get('content-type')?.startsWith('text/event-stream') === true;

/** What a feed says at first. It would go on for ever. */
async function beginningOf({ body }: Response): Promise<string> {
  const reader = body!.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return Buffer.from(value ?? []).toString();
}
