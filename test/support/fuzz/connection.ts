import { connect, type Socket } from 'node:net';
import type { FuzzRequest } from './requests.js';

/** An answer. A connection that is closed without an answer has status 0. */
export interface Exchanged {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: string;
}

/** HTTP written and read as bytes: a client library refuses to send most of these requests. */
export class Connection {
  private socket: Socket | undefined;

  constructor(
    private readonly url: URL,
    private readonly withinMs: number,
  ) {}

  /** @throws Error when the answer is not complete in time */
  async send(request: FuzzRequest): Promise<Exchanged> {
    if (request.bytes !== undefined || this.socket?.destroyed || this.socket?.readableEnded) this.close();
    const socket = (this.socket ??= this.open());
    const answer = this.read(socket, request.method);
    socket.write(bytesOf(request, this.url.host));
    if (request.isCutOff) socket.end();
    try {
      const exchanged = await answer;
      const isOver = request.bytes !== undefined || exchanged.headers.connection !== 'keep-alive';
      if (isOver || exchanged.status === 0) this.close();
      return exchanged;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.socket?.destroy();
    this.socket = undefined;
  }

  private open(): Socket {
    const socket = connect({ port: Number(this.url.port), host: this.url.hostname, allowHalfOpen: true });
    socket.setNoDelay(true);
    socket.on('error', () => undefined); // 'close' follows
    return socket;
  }

  private read(socket: Socket, method: string): Promise<Exchanged> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      const timer = setTimeout(
        () => finish(() => reject(new Error('no whole answer in time'))),
        this.withinMs,
      );
      const onData = (chunk: Buffer) => {
        chunks.push(chunk);
        const exchanged = parse(Buffer.concat(chunks), method, false);
        if (exchanged) finish(() => resolve(exchanged));
      };
      const onEnd = () => {
        const exchanged = parse(Buffer.concat(chunks), method, true);
        finish(() =>
          resolve(exchanged ?? { status: 0, headers: {}, body: Buffer.concat(chunks).toString() }),
        );
      };
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        socket.off('data', onData).off('end', onEnd).off('close', onEnd);
        settle();
      };
      socket.on('data', onData).on('end', onEnd).on('close', onEnd);
    });
  }
}

export function bytesOf({ method, target, headers, body, bytes }: FuzzRequest, host: string): Buffer {
  if (bytes !== undefined) return Buffer.from(bytes, 'latin1');
  const content = body === undefined ? undefined : Buffer.from(body);
  const lines = [
    `${method} ${target} HTTP/1.1`,
    ...(headers.some(([name]) => name === 'Host') ? [] : [`Host: ${host}`]),
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(content ? [`Content-Length: ${content.length}`] : []),
  ];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return content ? Buffer.concat([head, content]) : head;
}

/** The answer, once all of it has arrived. */
function parse(received: Buffer, method: string, isEnd: boolean): Exchanged | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first, ...lines] = received.subarray(0, end).toString('latin1').split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first!)?.[1] ?? 0);
  const rest = received.subarray(end + 4);
  if (status < 200 && status >= 100) return parse(rest, method, isEnd); // 100 Continue
  const headers = Object.fromEntries(lines.map(splitLine));
  // A feed does not end.
  if (headers['content-type']?.startsWith('text/event-stream') === true)
    return { status, headers: { ...headers, connection: 'close' }, body: '' };
  const body = bodyOf(
    rest,
    method === 'HEAD' || status === 204 || status === 304 ? { 'content-length': '0' } : headers,
  );
  if (body === undefined && !isEnd) return undefined;
  return { status, headers: { connection: 'keep-alive', ...headers }, body: (body ?? rest).toString() };
}

function splitLine(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

function bodyOf(rest: Buffer, headers: Record<string, string>): Buffer | undefined {
  if (headers['transfer-encoding'] === 'chunked') return dechunked(rest);
  const length = headers['content-length'];
  if (length === undefined) return undefined; // its end is the end of the connection
  return rest.length >= Number(length) ? rest.subarray(0, Number(length)) : undefined;
}

function dechunked(rest: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const end = rest.indexOf('\r\n', at);
    if (end < 0) return undefined;
    const size = Number.parseInt(rest.subarray(at, end).toString(), 16);
    const next = end + 2 + size + 2;
    if (rest.length < next) return undefined;
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(rest.subarray(end + 2, end + 2 + size));
    at = next;
  }
}
