import {
  type DynamicModule,
  Global,
  Logger,
  Module,
  type ModuleMetadata,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
  type Provider,
  type Type,
} from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { getDataSourceToken, getRepositoryToken } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { AggregateStreams } from './aggregate/aggregate-streams.js';
import { getAggregatesToken, repositoryOf } from './aggregate/aggregates.js';
import { awaitStops } from './background/awaited-stop.js';
import { Clock } from './clock.js';
import { EventRegistry } from './event/event-registry.js';
import { EventStore } from './log/event-store.js';
import { LiveConnections } from './live/live-connections.js';
import { LiveFeed } from './live/live-feed.js';
import { KeyCleanUp } from './idempotency/key-clean-up.js';
import { MessageContext } from './event/message-context.js';
import type { EventSourcingOptions } from './options/event-sourcing-options.js';
import { ResolvedOptions, RULES } from './options.js';
import type {
  EventSourcingAsyncOptions,
  EventSourcingFeature,
  EventStoreName,
} from './module/module-options.js';
import { FEATURE_RULES, requireOptionsFactory, resolveAsync, STORE_RULES } from './module/module-rules.js';
import { requireOptions, resolveOptions } from './options/resolve-options.js';
import { CurrentTurn } from './projection/turn/current-turn.js';
import { FoldingDiscovery } from './projection/declare/folding-discovery.js';
import { Projections } from './projection/run/projections.js';
import { RowEntities } from './projection/declare/row-entities.js';
import { Rows, rowsToken } from './projection/turn/rows.js';
import { placesOf, requireSingleCopy, twoCopiesError } from './doctor/single-copy.js';
import { Replicas } from './replicas/replicas.js';
import { SubjectKeys } from './privacy/subject-keys.js';
import { ErasureWorker } from './privacy/erasure/erasure-worker.js';
import { LedgerCheck } from './privacy/erasure/ledger-check.js';
import { ProcessMemory } from './privacy/erasure/process-memory.js';
import { RemoteErasures } from './privacy/erasure/remote-erasures.js';
import { Snapshots } from './aggregate/snapshot/snapshots.js';
import { TimerWorker } from './timers/timer-worker.js';
import { DEFAULT_STORE, logSource, namedParts, PARTS, partsOf } from './module/stores.js';

type ResolvedFeature = Required<Omit<EventSourcingFeature, 'store'>> & Pick<EventSourcingFeature, 'store'>;

/**
 * The event log, repositories and projections, on a TypeORM `DataSource` of the application.
 *
 * The parts of a store are in modules of their own. Starting and stopping is done in this module, which is not global:
 * Nest stops global modules last. So projections finish their turns, and snapshots are written, after HTTP has drained
 * and before the data source is closed.
 */
@Module({})
export class EventSourcingModule
  implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown
{
  /** @throws InvalidOptionsError; for an option of the store itself, at the start of the application */
  static forRoot(options: EventSourcingOptions & EventStoreName = {}): DynamicModule {
    requireSingleCopy();
    requireOptions(options, { ...STORE_RULES, ...RULES }, 'EventSourcingModule.forRoot');
    const { name, dataSource, ...others } = options;
    resolveOptions({ name, dataSource }, STORE_RULES, 'EventSourcingModule.forRoot');
    return storeModule({ name, dataSource }, [
      { provide: ResolvedOptions, useFactory: () => new ResolvedOptions(others) },
    ]);
  }

  /** @throws InvalidOptionsError; for the options that the factory returns, at the start of the application */
  static forRootAsync(options: EventSourcingAsyncOptions): DynamicModule {
    requireSingleCopy();
    const resolved = resolveAsync(options);
    return storeModule(resolved, optionsProviders(resolved), resolved.imports);
  }

  /**
   * Registers the events, aggregates and rows of one feature module with an event store.
   *
   * @throws InvalidOptionsError
   */
  static forFeature(feature: EventSourcingFeature = {}): DynamicModule {
    const resolved = resolveOptions(feature, FEATURE_RULES, 'EventSourcingModule.forFeature');
    const { store = DEFAULT_STORE, events, aggregates, rows } = resolved as ResolvedFeature;
    const classes = [...events, ...aggregates.flatMap((aggregate) => aggregate.events)];
    const registration: Provider = {
      provide: Symbol('event registration'),
      useFactory: (registry: EventRegistry) => registry.register(...classes),
      inject: [EventRegistry],
    };
    const features: Provider[] = [
      ...partsOf(store),
      ...aggregates.map((each) => ({ provide: getAggregatesToken(each), useClass: repositoryOf(each) })),
      ...rowProviders(rows),
    ];
    return {
      module: EventSourcingFeatureModule,
      providers: [registration, ...features],
      exports: features,
    };
  }

  private readonly logger = new Logger(EventSourcingModule.name);

  constructor(
    private readonly streams: AggregateStreams,
    private readonly discovery: FoldingDiscovery,
    private readonly projections: Projections,
    private readonly store: EventStore,
    private readonly keyCleanUp: KeyCleanUp,
    private readonly snapshots: Snapshots,
    private readonly replicas: Replicas,
    private readonly live: LiveFeed,
    private readonly connections: LiveConnections,
    private readonly timers: TimerWorker,
    private readonly keys: SubjectKeys,
    private readonly ledger: LedgerCheck,
    private readonly memory: ProcessMemory,
    private readonly erasures: ErasureWorker,
    private readonly remoteErasures: RemoteErasures,
  ) {}

  onModuleInit(): void {
    this.streams.requireOwn();
    this.discovery.takeOffEventBus();
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.keys.start(); // projections read with them
    await this.ledger.requireNotBehind();
    // Projections start first, since they may refuse to start: Nest stops nothing of an application that failed to
    // start.
    await this.projections.start();
    this.keyCleanUp.start();
    this.timers.start();
    this.replicas.start();
    await this.memory.start(this.projections.running.length > 0);
    this.erasures.start();
    this.remoteErasures.start();
  }

  /** Open feeds end before the HTTP server closes, which waits for its connections. */
  async onModuleDestroy(): Promise<void> {
    this.connections.stop();
    await this.live.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await awaitStops(
      {
        'the step of an erasure': Promise.all([this.erasures.stop(), this.remoteErasures.stop()]),
        'the watch of erasures': this.memory.stop(),
      },
      this.logger,
    );
    const timers = { 'timers that are due': this.timers.stop() };
    await Promise.all([this.projections.stop(), awaitStops(timers, this.logger)]); // both append
    const stops = {
      'appends under way': this.store.drained(),
      'snapshots to be written': this.snapshots.stop(),
      'the clean-up of idempotency keys': this.keyCleanUp.stop(),
      'the watch of replicas': this.replicas.stop(),
    };
    await awaitStops(stops, this.logger);
  }
}

/** The parts that all stores of a process share: a request is one message for every store it appends to. */
@Global()
@Module({ providers: [Clock, MessageContext], exports: [Clock, MessageContext] })
class MessagesModule {}

const APPLICATION_DATA_SOURCE = Symbol('eventfold:data source of the application');

/** Looks for the data source itself, since Nest's error for a missing one names no remedy. */
@Module({
  providers: [
    {
      provide: APPLICATION_DATA_SOURCE,
      useFactory: (found: DataSource | undefined) => found,
      inject: [{ token: DataSource, optional: true }],
    },
  ],
  exports: [APPLICATION_DATA_SOURCE],
})
class ApplicationDataSourceModule {}

@Module({})
class EventSourcingPartsModule {}

@Module({})
class EventSourcingStoresModule {}

@Module({})
class EventSourcingFeatureModule {}

/** The parts of one store, and a global module that provides them under the name of the store. */
function storeModule(
  { name = DEFAULT_STORE, dataSource }: EventStoreName,
  options: Provider[],
  imports: NonNullable<ModuleMetadata['imports']> = [],
): DynamicModule {
  const parts: DynamicModule = {
    module: EventSourcingPartsModule,
    imports: [...imports, DiscoveryModule, MessagesModule, ApplicationDataSourceModule],
    providers: [
      dataSource === undefined ? defaultDataSource : ownDataSource(dataSource),
      ...options,
      logSource,
      ...PARTS,
    ],
    exports: [ResolvedOptions, ...PARTS],
  };
  const tokens = namedParts(name);
  const known: DynamicModule = {
    module: EventSourcingStoresModule,
    global: true,
    imports: [parts],
    providers: tokens,
    exports: name === DEFAULT_STORE ? [...tokens, EventSourcingPartsModule] : tokens,
  };
  return { module: EventSourcingModule, imports: [parts, known] };
}

const ownDataSource = (name: string): Provider => ({
  provide: DataSource,
  useFactory: (found: DataSource | undefined) => found ?? noDataSource(name),
  inject: [{ token: getDataSourceToken(name), optional: true }],
});

/** Comes from a module in which the class `DataSource` still means the application's one. */
const defaultDataSource: Provider = {
  provide: DataSource,
  useFactory: (found: DataSource | undefined) => found ?? noDefaultDataSource(),
  inject: [APPLICATION_DATA_SOURCE],
};

function noDefaultDataSource(): never {
  const places = placesOf('typeorm');
  if (places.length > 1) throw twoCopiesError('typeorm', places);
  throw new Error(
    'EventSourcingModule works on the TypeORM data source of the application, ' +
      'and there is none without a name: import ' +
      'TypeOrmModule.forRoot({ ... }) in the root module, ' +
      'or give EventSourcingModule.forRoot the name of another as "dataSource".',
  );
}

function noDataSource(name: string): never {
  throw new Error(
    `EventSourcingModule is to use the data source "${name}", and there is none: ` +
      `import TypeOrmModule.forRoot({ name: '${name}', ... }) in the root module.`,
  );
}

function optionsProviders(options: EventSourcingAsyncOptions): Provider[] {
  const { inject = [], useFactory, useClass, useExisting } = options;
  if (useFactory !== undefined) {
    const resolve = async (...dependencies: unknown[]) =>
      new ResolvedOptions(await useFactory(...dependencies));
    return [{ provide: ResolvedOptions, useFactory: resolve, inject }];
  }
  const resolved: Provider = {
    provide: ResolvedOptions,
    useFactory: async (from: unknown) => {
      requireOptionsFactory(options, from);
      return new ResolvedOptions(await from.createEventSourcingOptions());
    },
    inject: [(useClass ?? useExisting)!],
  };
  return useClass === undefined ? [resolved] : [useClass, resolved];
}

const rowProviders = (entities: readonly Type<object>[]): Provider[] =>
  entities.flatMap((entity): Provider[] => [
    {
      provide: rowsToken(entity),
      useFactory: (turn: CurrentTurn) => new Rows(turn, entity),
      inject: [CurrentTurn],
    },
    {
      provide: getRepositoryToken(entity),
      useFactory: (tables: RowEntities) => tables.repositoryOf(entity, entities),
      inject: [RowEntities],
    },
  ]);
