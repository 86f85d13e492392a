import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { MetricsModule } from '../metrics/metrics.module.js';
import { type AccessOptions, provideAccess } from './access.js';
import { Drain } from './drain.js';
import { HealthController } from './health.controller.js';
import { LogController } from './log.controller.js';
import { MetricsController } from './metrics.controller.js';
import { ParkedKeysController } from './parked-keys.controller.js';
import { ProblemFilter } from './problem.filter.js';
import { ProjectionsController } from './projections.controller.js';
import { StartPageController } from './start-page/start-page.controller.js';

/**
 * What the standalone service adds to the controllers of the features: a start page, health, what operators see and do,
 * and problems for unknown routes.
 */
@Module({
  controllers: [
    HealthController,
    ProjectionsController,
    ParkedKeysController,
    LogController,
    MetricsController,
    StartPageController,
  ],
  imports: [MetricsModule],
  providers: [Drain, { provide: APP_FILTER, useClass: ProblemFilter }],
})
export class HttpEdgeModule {
  static forRoot(access: AccessOptions): DynamicModule {
    return { module: HttpEdgeModule, providers: [provideAccess(access)] };
  }
}
