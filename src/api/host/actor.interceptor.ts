import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import { from, Observable, switchMap } from 'rxjs';
import { startOfChain } from '../../event-sourcing/for-service.js';
import { MessageContext } from '../../event-sourcing/index.js';
import { ACCESS, type AccessToRoutes } from '../access/access.js';
import { actorOf, rememberActor } from '../access/actor.js';
import { type HttpRequest, knownIdOf } from '../request/correlation.js';

/** Adds the sender to the message of a request. By then, the guards of the application have found out the sender. */
@Injectable()
export class ActorInterceptor implements NestInterceptor {
  constructor(
    @Inject(ACCESS) private readonly access: AccessToRoutes,
    private readonly context: MessageContext,
  ) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (execution.getType() !== 'http') return next.handle();
    const request = execution.switchToHttp().getRequest<HttpRequest>();
    return from(this.actorOf(request)).pipe(
      switchMap((subject) => this.within(startOfChain(knownIdOf(request), subject), next)),
    );
  }

  private async actorOf(request: HttpRequest): Promise<string | undefined> {
    const known = actorOf(request);
    if (known !== undefined) return known.subject;
    const actor = await this.access.actor?.(request);
    if (actor !== undefined) rememberActor(request, actor);
    return actorOf(request)?.subject;
  }

  private within(message: ReturnType<typeof startOfChain>, next: CallHandler): Observable<unknown> {
    return new Observable((subscriber) =>
      this.context.runOnce(message, () => next.handle().subscribe(subscriber)),
    );
  }
}
