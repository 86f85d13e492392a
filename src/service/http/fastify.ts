import { BadRequestException } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Settings } from '../config/settings.js';
import type { IncomingMessage } from 'node:http';
import { SINGLE_BODY_BYTES } from './body-limit.js';
import { type HttpRequest, madeUpFor } from '../../api/request/correlation.js';
import { problemOf } from '../../api/problem/error-to-problem.js';
import { answerUnreadable } from './protocol-errors.js';
import { type Reply, sendProblem } from './reply.js';

/**
 * The longest key in its longest spelling: 1,000 characters of up to 12 percent-encoded letters each. Fastify's own
 * limit is lower because of routes with regular expressions, and there are none here.
 */
const MAX_PARAMETER_LENGTH = 1_000 * 12;

/**
 * How long a request may take to arrive, in ms: a client that sends a byte now and then cannot hold a connection
 * longer.
 */
const ARRIVES_WITHIN_MS = 30_000;
/** How long a connection may be silent while its request is under way, in ms, in addition to the wait of a query. */
const IDLE_WITHIN_MS = 120_000;

/** Fastify with the settings of the standalone service. */
export function createAdapter({ BODY_LIMIT_BYTES, READ_AFTER_TIMEOUT_MS }: Settings): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: Math.min(BODY_LIMIT_BYTES, SINGLE_BODY_BYTES), // batches may have more, see `limitBodies`
    requestTimeout: ARRIVES_WITHIN_MS,
    connectionTimeout: READ_AFTER_TIMEOUT_MS + IDLE_WITHIN_MS,
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    // Fastify's own 503 is no problem document; see `turnAwayOnStop`.
    return503OnClosing: false,
    clientErrorHandler: answerUnreadable,
    http: { requireHostHeader: false }, // Node's own refusal is empty; see `requireHost`
    // A request that the router refuses never reaches Nest's filters.
    frameworkErrors: (error: Error, request: HttpRequest, reply: Reply) => {
      sendProblem(reply, {
        ...problemOf(error, madeUpFor(request)),
        detail: 'The path cannot be read.',
      });
    },
  });
}

/** Requires the header Host, as HTTP/1.1 does. */
export function requireHost(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook(
    'onRequest',
    (request: HttpRequest & { raw: IncomingMessage }, reply: Reply, done: () => void) => {
      if (request.headers.host !== undefined || request.raw.httpVersion !== '1.1') return done();
      sendProblem(
        reply,
        problemOf(new BadRequestException('The header Host is missing.'), madeUpFor(request)),
      );
    },
  );
}

/** Accepts only JSON: a form or a text needs no CORS preflight, and could come from any web page. */
export function acceptJsonOnly(app: NestFastifyApplication): void {
  app.getHttpAdapter().getInstance().removeContentTypeParser('text/plain');
}
