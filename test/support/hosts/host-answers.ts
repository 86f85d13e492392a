/** The answers of a host, and the requests for them. */
export interface HostAnswer {
  status: number;
  headers: Headers;
  body: any;
}

export type Send = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<HostAnswer>;

/** Sends to the application at `url`. A text is sent unchanged, and everything else as JSON. */
export const senderTo =
  (url: string): Send =>
  async (method, path, body, headers) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text,
    };
  };

/** Without the time of the answer. */
export const headersOf = (headers: Headers): Record<string, string> => {
  const { date: _date, ...others } = Object.fromEntries(headers);
  return others;
};
