import { type CanActivate, type ExecutionContext, Inject, Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { lastValueFrom, isObservable } from 'rxjs';
import { ACCESS, type AccessToRoutes } from './access.js';
import { Forbidden, Unauthenticated } from './access.errors.js';
import { challengeOf, CHALLENGE, type ParsedRequest, requireAccess } from './access-rules.js';
import { type Actor, actorOf, rememberActor } from './actor.js';
import { type AccessRule, ruleOf } from './allow.decorator.js';

/**
 * Lets a request in when the rule of its route admits the sender. Every controller of ours has it. It runs after the
 * guards of the application, so a route is closed when the application has not named the sender. A route without a rule
 * is for administrators.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly logger = new Logger('Eventfold');
  private hasWarned = false;

  constructor(
    @Inject(ACCESS) private readonly access: AccessToRoutes,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /**
   * @throws Unauthenticated
   * @throws Forbidden
   * @throws what `actor` and `guard` throw
   */
  canActivate(execution: ExecutionContext): boolean | Promise<boolean> {
    const { guard } = this.access;
    if (guard !== undefined) return askGuard(guard, execution);
    const rule = (this.access.isUnsaid ? undefined : ruleOf(execution.getHandler())) ?? 'admin';
    if (rule === 'anyone' || this.access.open === true) return true;
    const request = execution.switchToHttp().getRequest<ParsedRequest>();
    // Without a promise where possible: each one costs a query 1 % of its time.
    const actor = actorOf(request) ?? this.access.actor?.(request);
    if (isThenable(actor)) return Promise.resolve(actor).then((found) => this.admit(found, rule, execution));
    return this.admit(actor, rule, execution);
  }

  private admit(actor: Actor | undefined, rule: AccessRule, execution: ExecutionContext): true {
    const request = execution.switchToHttp().getRequest<ParsedRequest>();
    if (actor !== undefined) rememberActor(request, actor);
    try {
      requireAccess(rule, actor, request);
      return true;
    } catch (error) {
      const isUnknown = error instanceof Unauthenticated;
      if (isUnknown) this.warnOnce();
      this.challenge(execution, isUnknown ? CHALLENGE : challengeOf(rule));
      throw error;
    }
  }

  /** A module without access options answers only 401, so a line of the log gives its author the reason. */
  private warnOnce(): void {
    if (this.hasWarned || this.access.actor !== undefined) return;
    this.hasWarned = true;
    this.logger.warn(
      'A request got 401, since nothing says who sends it. Give the module "actor" in forRoot, or call rememberActor ' +
        'in a guard of yours; with "open: true" every request may use its routes.',
    );
  }

  private challenge(execution: ExecutionContext, challenge: string): void {
    const response: unknown = execution.switchToHttp().getResponse();
    this.adapterHost.httpAdapter.setHeader(response, 'WWW-Authenticate', challenge);
  }
}

async function askGuard(guard: CanActivate, execution: ExecutionContext): Promise<true> {
  const answer = guard.canActivate(execution);
  if (await (isObservable(answer) ? lastValueFrom(answer) : answer)) return true;
  throw new Forbidden('The guard of the application does not let this request in.');
}

const isThenable = (value: object | undefined): value is PromiseLike<Actor | undefined> =>
  value !== undefined && 'then' in value;
