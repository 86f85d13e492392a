import { HttpException } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { CORRELATION_HEADER } from '../../api/request/correlation.js';
import { type Problem, problemOf } from '../../api/problem/error-to-problem.js';

/**
 * How long a refused connection may still send, in ms. A close at once, with unread bytes of the client, would reset
 * the connection and lose the answer.
 */
const LINGER_MS = 1_000;

const answered = new WeakSet<Socket>();

/**
 * Answers a message that Node's parser refuses. It never becomes a request, so no route, filter or hook sees it. The
 * answer is a problem like any other. The connection then ends, since the beginning of the next request is unknown.
 */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    if (!answered.has(socket)) socket.destroy(); // drops what still arrives after a refusal
    return;
  }
  answered.add(socket);
  const problem = unreadable(error);
  const body = JSON.stringify(problem);
  const head = Object.entries({ ...headersOf(problem), 'Content-Length': Buffer.byteLength(body) });
  const lines = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    ...head.map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/** Answers an `Expect` that is not `100-continue`. Node alone would answer with an empty 417. */
export function refuseExpectations(server: Server): void {
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const problem = problemWith(417, 'The service meets no expectation but "100-continue".');
    response.writeHead(problem.status, headersOf(problem)).end(JSON.stringify(problem));
  });
}

function unreadable({ code }: NodeJS.ErrnoException): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') return problemWith(431, 'The address and the headers are too long.');
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW')
    return problemWith(413, 'The extensions of a chunk are too long.');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return problemWith(408, 'The request did not arrive in time.');
  return problemWith(400, 'This is not an HTTP request.');
}

const problemWith = (status: number, detail: string) =>
  problemOf(new HttpException(detail, status), randomUUID());

const headersOf = ({ correlationId }: Problem) => ({
  'Content-Type': 'application/problem+json; charset=utf-8',
  [CORRELATION_HEADER]: correlationId,
  Connection: 'close',
});
