import { type CanActivate, type ExecutionContext, Inject, Injectable, Optional } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Authentication } from '../auth/authentication.js';
import { Clock } from '../event-sourcing/index.js';
import { RateLimited } from '../http/access.errors.js';
import { ruleOf } from '../http/allow.decorator.js';
import type { HttpRequest } from '../http/correlation.js';
import { networkOf } from './network.js';
import { type Count, RequestCounts } from './request-counts.js';

/** Requests that a sender may make in a minute. */
export const RATE_LIMIT = Symbol('requests a minute');

interface AddressedRequest extends HttpRequest {
  ip: string;
}

/**
 * Counts requests by who sends them: the subject of a token that is good, else the address. It comes before rights are
 * looked at, so that trying tokens out is limited as well. Routes for anyone (health) are not counted.
 *
 * Not the guard of `@nestjs/throttler`: it keeps the time of each request and walks through all of them with every new one,
 * and counts each route by itself unless all that is overridden; and, CommonJS, it is loaded by no Jest on Node 20.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  private readonly counts = new RequestCounts();
  @Optional() @Inject(Authentication) private readonly authentication?: Authentication;

  constructor(
    @Inject(RATE_LIMIT) private readonly limit: number,
    private readonly clock: Clock,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** @throws RateLimited */
  async canActivate(execution: ExecutionContext): Promise<boolean> {
    if (ruleOf(execution.getHandler()) === 'anyone') return true;
    const http = execution.switchToHttp();
    const sender = await this.senderOf(http.getRequest());
    const count = this.counts.add(sender, this.clock.now().getTime());
    this.tell(http.getResponse(), count);
    if (count.requests <= this.limit) return true;
    throw new RateLimited(this.limit, count.secondsLeft);
  }

  private async senderOf(request: AddressedRequest): Promise<string> {
    const actor = await this.authentication?.actorOf(request).catch(() => undefined);
    return actor === undefined ? `address ${networkOf(request.ip)}` : `subject ${actor.subject}`;
  }

  private tell(response: unknown, { requests, secondsLeft }: Count): void {
    const set = (name: string, value: number) =>
      this.adapterHost.httpAdapter.setHeader(response, name, String(value));
    set('X-RateLimit-Limit', this.limit);
    set('X-RateLimit-Remaining', Math.max(0, this.limit - requests));
    set('X-RateLimit-Reset', secondsLeft);
    if (requests > this.limit) set('Retry-After', secondsLeft);
  }
}
