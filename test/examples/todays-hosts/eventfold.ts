import { type CanActivate, Controller, type ExecutionContext, Get, Injectable, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Registry } from 'prom-client';
import type { EntityManager } from 'typeorm';
import { type Actor, EventfoldHttpModule } from '../../../src/api/index.js';
import { EventSourcingModule } from '../../../src/event-sourcing/index.js';
import { EventfoldHealthIndicator, EventfoldHealthModule } from '../../../src/health/index.js';
import { EventfoldMetricsModule } from '../../../src/metrics/index.js';
import { OperationsModule } from '../../../src/operations/index.js';
import { UserProfileModule } from '../../../src/user-profile/index.js';
import { UsersModule } from '../../../src/users/index.js';
import type { HostOfToday, HostParts } from './host.js';

const register = new Registry();

/** Stands for the host's own authentication. */
function actor({ headers }: { headers: Record<string, string | undefined> }): Actor | undefined {
  const subject = headers['x-user'];
  return subject === undefined ? undefined : { subject, scopes: new Set() };
}

@Injectable()
class OperatorGuard implements CanActivate {
  canActivate(execution: ExecutionContext): boolean {
    return execution.switchToHttp().getRequest().headers['x-operator'] === 'yes';
  }
}

@Controller('eventfold')
class EventfoldController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly eventfold: EventfoldHealthIndicator,
  ) {}

  @Get('health')
  @HealthCheck()
  check() {
    return this.health.check([() => this.eventfold.isHealthy()]);
  }

  @Get('metrics')
  metrics(): Promise<string> {
    return register.metrics();
  }
}

@Module({ imports: [TerminusModule, EventfoldHealthModule], controllers: [EventfoldController] })
class EventfoldRoutesModule {}

/** All modules that a team adds to its root module. */
export const eventfold = ({ currentTransaction }: HostOfToday): HostParts['imports'] => [
  CqrsModule.forRoot(),
  EventSourcingModule.forRoot({
    currentTransaction: currentTransaction as (() => EntityManager | undefined) | undefined,
  }),
  EventfoldHttpModule.forRoot({ actor }),
  UsersModule.forRoot({ actor }),
  UserProfileModule.forRoot({ actor }),
  OperationsModule.forRoot({ path: 'ops', guard: OperatorGuard }),
  OperationsModule.forRoot({ path: 'unguarded' }),
  EventfoldMetricsModule.forRoot({ register, http: true }),
  EventfoldRoutesModule,
];
