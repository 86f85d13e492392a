import {
  type DynamicModule,
  Inject,
  Module,
  type NestModule,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { register as globalRegistry, type Registry } from 'prom-client';
import { addRequestHooks } from '../api/request/request-hooks.js';
import {
  DEFAULT_STORE,
  flag,
  IntakeMonitor,
  NAME,
  optional,
  RelayMonitor,
  Replicas,
  resolveOptions,
  type Rule,
} from '../event-sourcing/for-service.js';
import {
  EventSourcingModule,
  type FeatureOptions,
  LogClock,
  ProjectionOperations,
  Telemetry,
  TimerOperations,
} from '../event-sourcing/index.js';
import { HttpMeters } from './http-meters.js';
import { IntakeMeters, type IntakeSource } from './intake-meters.js';
import { makeLogMeters } from './log-meters.js';
import { LogMetrics, type StoreLabels } from './log-metrics.js';
import { ProjectionMeters, type ProjectionSource } from './projection-meters.js';
import { RelayMeters, type RelaySource } from './relay-meters.js';
import { ReplicaMeters, type ReplicaSource } from './replica-meters.js';
import { TimerMeters, type TimerSource } from './timer-meters.js';

/** The options for the metrics of an event store. */
export interface EventfoldMetricsOptions extends Pick<FeatureOptions, 'store'> {
  /**
   * The registry of `prom-client` from which the application answers scrapes. Several stores may share a registry:
   * samples of a store with a name have the name as the label `store`. Default: the global registry.
   */
  register?: Registry | undefined;
  /**
   * Whether all requests to the application are timed by route, as `eventfold_http_request_duration_seconds`. One
   * import is enough. Default: false.
   */
  http?: boolean | undefined;
}

const REGISTRY: Rule<Registry> = {
  byDefault: globalRegistry,
  says: 'a Registry of prom-client',
  accepts: (value) => typeof value?.registerMetric === 'function',
};

const RULES: Record<keyof EventfoldMetricsOptions, Rule> = {
  store: { ...NAME, byDefault: DEFAULT_STORE },
  register: REGISTRY,
  http: optional(flag(false)),
};

/** What the gauges of a registry read of one event store. */
type MeteredStore = ProjectionSource & RelaySource & IntakeSource & ReplicaSource & TimerSource;

/** The registry of a module. */
export const METRICS_REGISTRY = Symbol('registry of metrics');
const LABELS = Symbol('labels of an event store');
const TIMES_REQUESTS = Symbol('whether requests are timed');

/**
 * The metrics of an event store in the registry of the application. The Grafana dashboard and the alerts use the names
 * of these metrics. The module is an entry of its own, and no option of `EventSourcingModule`, because it loads
 * `prom-client`, which an application without metrics does not need.
 */
@Module({})
export class EventfoldMetricsModule implements NestModule, OnApplicationShutdown {
  /** @throws InvalidOptionsError */
  static forRoot(options: EventfoldMetricsOptions = {}): DynamicModule {
    const resolved = resolveOptions(options, RULES, 'EventfoldMetricsModule.forRoot');
    const { store, register, http = false } = resolved as Required<EventfoldMetricsOptions>;
    const labels: StoreLabels = store === DEFAULT_STORE ? {} : { store: store! };
    return {
      module: EventfoldMetricsModule,
      imports: [EventSourcingModule.forFeature({ store })],
      providers: [
        { provide: METRICS_REGISTRY, useValue: register },
        { provide: LABELS, useValue: labels },
        { provide: TIMES_REQUESTS, useValue: http },
        {
          provide: LogMetrics,
          useFactory: (telemetry: Telemetry) => new LogMetrics(logMeters(register!), labels, telemetry),
          inject: [Telemetry],
        },
      ],
      exports: [METRICS_REGISTRY],
    };
  }

  private readonly source: MeteredStore;

  constructor(
    @Inject(METRICS_REGISTRY) private readonly registry: Registry,
    @Inject(LABELS) labels: StoreLabels,
    @Inject(TIMES_REQUESTS) private readonly timesRequests: boolean,
    private readonly adapterHost: HttpAdapterHost,
    operations: ProjectionOperations,
    logClock: LogClock,
    relay: RelayMonitor,
    intake: IntakeMonitor,
    replicas: Replicas,
    timers: TimerOperations,
  ) {
    this.source = { labels, operations, logClock, relay, intake, replicas, timers };
    for (const meters of STORE_METERS) meters(registry).sources.add(this.source);
  }

  configure(): void {
    if (!this.timesRequests) return;
    const meters = httpMeters(this.registry);
    const { httpAdapter } = this.adapterHost;
    if (meters.observed.has(httpAdapter)) return;
    meters.observed.add(httpAdapter);
    addRequestHooks(httpAdapter, { answered: (answer) => meters.answered(answer) });
  }

  /** After the stop of the application, its registry has no gauges that ask the database. */
  onApplicationShutdown(): void {
    for (const meters of STORE_METERS) meters(this.registry).sources.delete(this.source);
  }
}

/** Makes the meters of a registry once: a registry takes each name once, and lives longer than an application. */
function oncePer<Meters>(make: (registry: Registry) => Meters): (registry: Registry) => Meters {
  const known = new WeakMap<Registry, Meters>();
  return (registry) => {
    const meters = known.get(registry) ?? make(registry);
    known.set(registry, meters);
    return meters;
  };
}

const logMeters = oncePer(makeLogMeters);
const projectionMeters = oncePer((registry) => new ProjectionMeters(registry));
const relayMeters = oncePer((registry) => new RelayMeters(registry));
const intakeMeters = oncePer((registry) => new IntakeMeters(registry));
const replicaMeters = oncePer((registry) => new ReplicaMeters(registry));
const timerMeters = oncePer((registry) => new TimerMeters(registry));

/** The meters that read their values from the event stores of running applications. */
const STORE_METERS = [projectionMeters, relayMeters, intakeMeters, replicaMeters, timerMeters];
const httpMeters = oncePer((registry) => new HttpMeters(registry));
