import { type DynamicModule, Module, type NestModule } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import { Registry } from 'prom-client';
import { messageOfRequest } from '../api/host/message-of-request.js';
import { addRequestHooks } from '../api/request/request-hooks.js';
import { MessageContext } from '../event-sourcing/index.js';
import { Metrics } from '../metrics/metrics.js';
import { EventfoldMetricsModule } from '../metrics/metrics.module.js';
import { type AccessOptions, provideAccess } from '../api/access/access.js';
import { MetricsController } from './metrics.controller.js';
import { ProblemFilter } from '../api/problem/problem.filter.js';
import { StartPageController } from './start-page/start-page.controller.js';

/**
 * The parts that the standalone service adds to the controllers of features and operators: a start page, metrics, and
 * problems for unknown routes.
 */
@Module({
  controllers: [MetricsController, StartPageController],
  providers: [Metrics, { provide: APP_FILTER, useClass: ProblemFilter }],
})
export class HttpEdgeModule implements NestModule {
  static forRoot(access: AccessOptions): DynamicModule {
    const metrics = EventfoldMetricsModule.forRoot({ register: new Registry(), http: true });
    return { module: HttpEdgeModule, imports: [metrics], providers: [provideAccess(access)] };
  }

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly context: MessageContext,
  ) {}

  /** Lines of the log have the correlation id of their request. */
  configure(): void {
    addRequestHooks(this.adapterHost.httpAdapter, messageOfRequest(this.context));
  }
}
