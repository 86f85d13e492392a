import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Unauthenticated } from '../http/access.errors.js';
import { forbiddenBy, scopeFor } from '../http/access-problems.js';
import { type Actor, isAdmin, rememberActor } from '../http/actor.js';
import { type AccessRule, ruleOf } from '../http/allow.decorator.js';
import type { HttpRequest } from '../http/correlation.js';
import { Authentication, hasToken } from './authentication.js';
import { isUuid } from './token-verifier.js';

/** A request as adapters parse it. */
interface ParsedRequest extends HttpRequest {
  params?: { userId?: unknown };
  body?: unknown;
}

/** Lets a request in when the rule of its route says so. A route that states none is for administrators. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly authentication: Authentication,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** @throws Unauthenticated; Forbidden; KeysUnavailable */
  canActivate(execution: ExecutionContext): boolean | Promise<boolean> {
    const rule = ruleOf(execution.getHandler()) ?? 'admin';
    if (rule === 'anyone') return true;
    const request = execution.switchToHttp().getRequest<ParsedRequest>();
    // At once where that is possible: each promise on the way to a query costs it 1 % of its time.
    const known = this.authentication.knownActorOf(request);
    if (known !== undefined) return this.admit(known, rule, request, execution);
    return this.authenticate(request, execution).then((actor) => this.admit(actor, rule, request, execution));
  }

  private admit(actor: Actor, rule: AccessRule, request: ParsedRequest, execution: ExecutionContext): true {
    rememberActor(request, actor);
    if (isAdmin(actor) || isAllowed[rule](actor, request)) return true;
    this.challenge(execution, `, error="insufficient_scope", scope="${scopeFor(rule)}"`);
    throw forbiddenBy(rule);
  }

  private async authenticate(request: HttpRequest, execution: ExecutionContext): Promise<Actor> {
    try {
      return await this.authentication.actorOf(request);
    } catch (error) {
      if (error instanceof Unauthenticated) {
        this.challenge(execution, hasToken(request) ? ', error="invalid_token"' : '');
      }
      throw error;
    }
  }

  /** RFC 6750, section 3. */
  private challenge(execution: ExecutionContext, details: string): void {
    const response: unknown = execution.switchToHttp().getResponse();
    this.adapterHost.httpAdapter.setHeader(
      response,
      'WWW-Authenticate',
      `Bearer realm="eventfold"${details}`,
    );
  }
}

/** Of those who are no administrators. */
const isAllowed: Record<AccessRule, (actor: Actor, request: ParsedRequest) => boolean> = {
  anyone: () => true,
  authenticated: () => true,
  self: (actor, { params }) => isSelf(actor, params?.userId),
  'self-registration': (actor, { body }) =>
    isSelf(actor, (body as { userId?: unknown } | null | undefined)?.userId ?? actor.subject),
  'viewing:write': ({ scopes }) => scopes.has('viewing:write'),
  admin: () => false,
};

/** Ids are compared as they are stored, in lower case. The name of a service is nobody's id. */
const isSelf = ({ subject }: Actor, userId: unknown): boolean =>
  isUuid(subject) && typeof userId === 'string' && userId.toLowerCase() === subject;
