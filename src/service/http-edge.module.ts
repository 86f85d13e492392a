import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { MetricsModule } from '../metrics/metrics.module.js';
import { type AccessOptions, provideAccess } from '../api/access/access.js';
import { Drain } from './http/drain.js';
import { HealthController } from './health.controller.js';
import { LogController } from '../operations/log.controller.js';
import { MetricsController } from './metrics.controller.js';
import { ParkedKeysController } from '../operations/parked-keys.controller.js';
import { ProblemFilter } from '../api/problem/problem.filter.js';
import { ProjectionsController } from '../operations/projections.controller.js';
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
