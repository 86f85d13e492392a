import { Inject, Injectable, Optional } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Authentication } from '../auth/authentication.js';
import { Clock } from '../../event-sourcing/index.js';
import { RateLimited } from '../../api/access/access.errors.js';
import type { HttpRequest } from '../../api/request/correlation.js';
import { checkEarly } from '../http/early-check.js';
import type { Reply } from '../http/reply.js';
import { networkOf } from './network.js';
import { type Count, RequestCounts } from './request-counts.js';

/** Requests that a sender may make in a minute. */
export const RATE_LIMIT = Symbol('requests a minute');

interface AddressedRequest extends HttpRequest {
  ip: string;
}

/**
 * Counts requests by sender: the subject of a valid token, or else the address.
 *
 * The guard of `@nestjs/throttler` is not used. It keeps the time of each request, walks through all of them at every
 * new request, and counts each route by itself unless all that is overridden. It is CommonJS, and no Jest on Node 20
 * loads it.
 */
@Injectable()
export class RateLimiter {
  private readonly counts = new RequestCounts();
  @Optional() @Inject(Authentication) private readonly authentication?: Authentication;

  constructor(
    @Inject(RATE_LIMIT) private readonly limit: number,
    private readonly clock: Clock,
  ) {}

  /** @throws RateLimited */
  async count(request: AddressedRequest, reply: Reply): Promise<void> {
    const sender = await this.senderOf(request);
    const count = this.counts.add(sender, this.clock.now().getTime());
    this.tell(reply, count);
    if (count.requests > this.limit) throw new RateLimited(this.limit, count.secondsLeft);
  }

  private async senderOf(request: AddressedRequest): Promise<string> {
    const actor = await this.authentication?.actorOf(request).catch(() => undefined);
    return actor === undefined ? `address ${networkOf(request.ip)}` : `subject ${actor.subject}`;
  }

  private tell(reply: Reply, { requests, secondsLeft }: Count): void {
    reply.header('X-RateLimit-Limit', String(this.limit));
    reply.header('X-RateLimit-Remaining', String(Math.max(0, this.limit - requests)));
    reply.header('X-RateLimit-Reset', String(secondsLeft));
    if (requests > this.limit) reply.header('Retry-After', String(secondsLeft));
  }
}

/**
 * Counts each request before any other work on it, so that trying tokens out is limited as well. Routes for anyone
 * (health) are not counted.
 */
export function limitRate(app: NestFastifyApplication): void {
  const limiter = app.get(RateLimiter, { strict: false });
  checkEarly(app, () => (request: AddressedRequest, reply) => limiter.count(request, reply));
}
