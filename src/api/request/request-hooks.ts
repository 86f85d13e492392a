import type { AbstractHttpAdapter } from '@nestjs/core';
import type { HttpRequest } from './correlation.js';

/** An answer that was sent, or whose client closed the connection. */
export interface Answered {
  method: string;
  /** The template of the route, `/users/:userId`; undefined when no route has taken the request. */
  route: string | undefined;
  status: number;
  seconds: number;
}

/** Hooks around each request of an application, its own routes included. */
export interface RequestHooks {
  /** Runs the rest of the request. Its body has arrived. */
  around?: (request: HttpRequest, goOn: () => void) => void;
  /** Not called for a feed: its time is that of its client's visit. */
  answered?: (answer: Answered) => void;
}

/**
 * Adds hooks to Express or Fastify. An application without HTTP has no requests. Call it from `configure` of a module:
 * then Express has its parser of bodies, and no routes yet. The hooks do not see requests that this parser refuses.
 *
 * `around` must begin after the body has arrived: the body comes by events of a socket, which belong to no request.
 */
export function addRequestHooks(adapter: AbstractHttpAdapter | undefined, hooks: RequestHooks): void {
  const type = adapter?.getType();
  if (type === 'fastify') addToFastify(adapter!.getInstance(), hooks);
  if (type === 'express') addToExpress(adapter!, hooks);
}

interface FastifyRequest extends HttpRequest {
  method: string;
  routeOptions: { url?: string | undefined };
}
interface FastifyReply {
  statusCode: number;
  /** In ms. */
  elapsedTime: number;
  getHeader(name: string): unknown;
}
interface Fastify {
  addHook(name: string, hook: (request: FastifyRequest, reply: FastifyReply, done: () => void) => void): void;
}

function addToFastify(fastify: Fastify, { around, answered }: RequestHooks): void {
  if (around !== undefined) fastify.addHook('preHandler', (request, _reply, done) => around(request, done));
  if (answered === undefined) return;
  fastify.addHook('onResponse', ({ method, routeOptions }, reply, done) => {
    const { statusCode: status, elapsedTime } = reply;
    if (!isFeed(reply)) answered({ method, route: routeOptions.url, status, seconds: elapsedTime / 1_000 });
    done();
  });
}

interface ExpressRequest extends HttpRequest {
  method: string;
  baseUrl: string;
  route?: { path: unknown };
}
interface ExpressResponse {
  statusCode: number;
  getHeader(name: string): unknown;
  once(event: 'close', listener: () => void): void;
}

function addToExpress(adapter: AbstractHttpAdapter, { around, answered }: RequestHooks): void {
  adapter.use((request: ExpressRequest, response: ExpressResponse, next: () => void) => {
    if (answered !== undefined) timeExpress(request, response, answered);
    if (around === undefined) next();
    else around(request, () => next()); // Express would take an argument for an error
  });
}

function timeExpress(
  request: ExpressRequest,
  response: ExpressResponse,
  answered: NonNullable<RequestHooks['answered']>,
): void {
  const started = performance.now();
  response.once('close', () => {
    const path = request.route?.path;
    const route = typeof path === 'string' ? request.baseUrl + path : undefined;
    const seconds = (performance.now() - started) / 1_000;
    if (!isFeed(response)) answered({ method: request.method, route, status: response.statusCode, seconds });
  });
}

const isFeed = (response: { getHeader(name: string): unknown }) =>
  String(response.getHeader('content-type')).startsWith('text/event-stream');
