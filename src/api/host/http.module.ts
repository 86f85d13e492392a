import { type DynamicModule, Module, type NestModule } from '@nestjs/common';
import { APP_INTERCEPTOR, HttpAdapterHost } from '@nestjs/core';
import { MessageContext } from '../../event-sourcing/index.js';
import { ACCESS, ACCESS_RULES, type AccessOptions, provideAccess, resolveAccess } from '../access/access.js';
import { addRequestHooks } from '../request/request-hooks.js';
import { ActorInterceptor } from './actor.interceptor.js';
import { messageOfRequest } from './message-of-request.js';

/**
 * For an application's own controllers, on Express and Fastify. Each request runs in a message of its own, so its
 * events carry its correlation id, its trace and its sender. `EventfoldAccessGuard` uses the same `actor`. Import it
 * once, in the root module. Modules with routes of Eventfold keep their own options.
 */
@Module({})
export class EventfoldHttpModule implements NestModule {
  /** @throws InvalidOptionsError */
  static forRoot(options: AccessOptions = {}): DynamicModule {
    const access = resolveAccess(options, ACCESS_RULES, 'EventfoldHttpModule.forRoot');
    return {
      module: EventfoldHttpModule,
      global: true,
      providers: [
        provideAccess(access),
        { provide: APP_INTERCEPTOR, useClass: ActorInterceptor },
      ],
      exports: [ACCESS],
    };
  }

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly context: MessageContext,
  ) {}

  configure(): void {
    addRequestHooks(this.adapterHost.httpAdapter, messageOfRequest(this.context));
  }
}
