import {
  type CanActivate,
  type DynamicModule,
  Inject,
  Module,
  type OnModuleInit,
  type Provider,
  type Type,
} from '@nestjs/common';
import { ModulesContainer, RouterModule } from '@nestjs/core';
import { ACCESS, type AccessOptions, type AccessToRoutes, provideAccess } from '../api/access/access.js';
import { EventSourcingModule, InvalidOptionsError } from '../event-sourcing/index.js';
import { EventfoldHealthModule } from '../health/health.module.js';
import { Drain } from './drain.js';
import { FeedController } from './feed.controller.js';
import { HealthController } from './health.controller.js';
import { LogController } from './log.controller.js';
import {
  type OperationsOptions,
  OPERATIONS_RULES,
  type ResolvedOperationsOptions,
  resolveOperations,
} from './operations-options.js';
import { OperationsController } from './operations.controller.js';
import { OverviewController } from './overview/overview.controller.js';
import { Overview } from './overview/overview.js';
import { Samples } from './overview/samples.js';
import { ParkedKeysController } from './parked-keys.controller.js';
import { PrivacyController } from './privacy.controller.js';
import { ProcessesController } from './processes.controller.js';
import { ProjectionsController } from './projections.controller.js';
import { RowsController } from './rows.controller.js';
import { TimersController } from './timers.controller.js';
import { RelayController } from './relay.controller.js';

const CONTROLLERS = [
  HealthController,
  OverviewController,
  ProjectionsController,
  ParkedKeysController,
  RowsController,
  ProcessesController,
  LogController,
  FeedController,
  RelayController,
  TimersController,
  OperationsController,
  PrivacyController,
];

/** The event store that the routes of a module are for, and their path. */
type Place = Pick<ResolvedOperationsOptions, 'store' | 'path'>;
const PLACE = Symbol('place of the routes of operators');

/**
 * The routes of operators: the overview, projections, parked keys, processes, streams, events, and the health of the
 * store. Each import is for one event store.
 */
@Module({})
export class OperationsModule implements OnModuleInit {
  /** @throws InvalidOptionsError */
  static forRoot(options: OperationsOptions = {}): DynamicModule {
    const resolved = resolveOperations(options, OPERATIONS_RULES, 'OperationsModule.forRoot');
    const { store, path, guard, imports = [], ...access } = resolved;
    const routes = class OperationsRoutesModule {}; // one class for each path: the router knows modules by their class
    const controllers: DynamicModule = {
      module: routes,
      imports: [
        ...imports,
        EventSourcingModule.forFeature({ store }),
        EventfoldHealthModule.forRoot({ store }),
      ],
      controllers: CONTROLLERS,
      providers: [Drain, Samples, Overview, ...accessProviders(guard, access)],
      exports: [Drain],
    };
    return {
      module: OperationsModule,
      imports: [controllers, ...(path === '' ? [] : [RouterModule.register([{ path, module: routes }])])],
      providers: [{ provide: PLACE, useValue: { store, path } satisfies Place }],
      exports: [controllers],
    };
  }

  constructor(
    @Inject(PLACE) private readonly place: Place,
    private readonly modules: ModulesContainer,
  ) {}

  /** @throws InvalidOptionsError when the routes of two event stores have one path: one would hide the other's */
  onModuleInit(): void {
    const others = [...this.modules.values()]
      .map(({ instance }): unknown => instance)
      .filter((instance) => instance instanceof OperationsModule)
      .map((instance) => instance.place)
      .filter((place) => place !== this.place && place.path === this.place.path);
    if (others.length === 0) return;
    const stores = [this.place, ...others].map(({ store }) => `"${store}"`).join(' and ');
    throw new InvalidOptionsError([
      `OperationsModule.forRoot: path is "${this.place.path}" for the event stores ${stores}: each must have its own.`,
    ]);
  }
}

const GUARD = Symbol('guard of the routes of operators');

/** What `AccessGuard` of a module with routes of operators asks. */
export function accessProviders(
  guard: Type<CanActivate> | undefined,
  { actor, open }: AccessOptions,
): Provider[] {
  if (guard !== undefined) {
    const access = (instance: CanActivate): AccessToRoutes => ({ guard: instance });
    return [
      { provide: GUARD, useClass: guard },
      { provide: ACCESS, useFactory: access, inject: [GUARD] },
    ];
  }
  if (actor !== undefined || open === true) return [provideAccess({ actor, open })];
  return [{ provide: ACCESS, useValue: { isUnsaid: true } satisfies AccessToRoutes }];
}
