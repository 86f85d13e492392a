import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { MetricsModule } from '../metrics/metrics.module.js';
import { type AccessOptions, provideAccess } from '../api/access/access.js';
import { MetricsController } from './metrics.controller.js';
import { ProblemFilter } from '../api/problem/problem.filter.js';
import { StartPageController } from './start-page/start-page.controller.js';

/**
 * What the standalone service adds to the controllers of the features and of operators: a start page, metrics, and
 * problems for unknown routes.
 */
@Module({
  controllers: [MetricsController, StartPageController],
  imports: [MetricsModule],
  providers: [{ provide: APP_FILTER, useClass: ProblemFilter }],
})
export class HttpEdgeModule {
  static forRoot(access: AccessOptions): DynamicModule {
    return { module: HttpEdgeModule, providers: [provideAccess(access)] };
  }
}
