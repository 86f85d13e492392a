import {
  type DynamicModule,
  type FactoryProvider,
  Module,
  type ModuleMetadata,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type Provider,
  type Type,
} from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { AggregateCache } from './aggregate-cache.js';
import { AggregateLoader } from './aggregate-loader.js';
import { Clock } from './clock.js';
import { guardConnections } from './connection-guard.js';
import type { EventClass } from './domain-event.js';
import { EventRegistry } from './event-registry.js';
import { EventStore } from './event-store/event-store.js';
import { LogWriter } from './event-store/log-writer.js';
import { IdempotencyKeys } from './idempotency/idempotency-keys.js';
import { KeyCleanUp } from './idempotency/key-clean-up.js';
import { LogSignal } from './log-signal.js';
import { MessageContext } from './message-context.js';
import { type EventSourcingOptions, ResolvedOptions } from './options.js';
import { BackgroundWork } from './projection/background-work.js';
import { CurrentTurn } from './projection/current-turn.js';
import { LogListener } from './projection/log-listener.js';
import { ProjectionProgress } from './projection/projection-progress.js';
import { PreparedQueries } from './prepared-queries.js';
import { ParkedKeys } from './projection/parked-keys.js';
import { ProjectionOperations } from './projection/projection-operations.js';
import { Projections } from './projection/projections.js';
import { Rebuilds } from './projection/rebuilds.js';
import { Rows, rowsToken } from './projection/rows.js';
import { Turns } from './projection/turn.js';
import { Snapshots } from './snapshot/snapshots.js';
import { Telemetry } from './telemetry.js';

export interface EventSourcingAsyncOptions {
  imports?: ModuleMetadata['imports'];
  inject?: FactoryProvider['inject'];
  useFactory: (...dependencies: any[]) => EventSourcingOptions | Promise<EventSourcingOptions>;
}

export interface EventSourcingFeature {
  /** The event classes that the module's aggregates and services store. */
  events?: readonly EventClass[];
  /** The entities whose rows the module's projections fill: makes `@InjectRows(Entity)` available. */
  rows?: readonly Type<object>[];
}

/**
 * The event log, repositories and projections, on the TypeORM `DataSource` of the application.
 *
 * The parts are in a global module, what starts and stops in this one, which is not: Nest stops global modules last, so
 * projections finish their turns, and snapshots are written, before the data source is closed and after HTTP has drained.
 */
@Module({})
export class EventSourcingModule implements OnApplicationBootstrap, OnApplicationShutdown {
  static forRoot(options: EventSourcingOptions = {}): DynamicModule {
    return EventSourcingModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync({ imports = [], inject = [], useFactory }: EventSourcingAsyncOptions): DynamicModule {
    const options: Provider = {
      provide: ResolvedOptions,
      useFactory: async (...dependencies: unknown[]) =>
        new ResolvedOptions(await useFactory(...dependencies)),
      inject,
    };
    const parts: DynamicModule = {
      module: EventSourcingPartsModule,
      global: true,
      imports: [...imports, DiscoveryModule],
      providers: [options, ...PARTS],
      exports: [ResolvedOptions, ...PARTS],
    };
    return { module: EventSourcingModule, imports: [parts] };
  }

  /** What one feature module brings: its events, and the rows its projections fill. */
  static forFeature({ events = [], rows = [] }: EventSourcingFeature): DynamicModule {
    const rowProviders = rows.map((entity): Provider => ({
      provide: rowsToken(entity),
      useFactory: (turn: CurrentTurn) => new Rows(turn, entity),
      inject: [CurrentTurn],
    }));
    const registration: Provider = {
      provide: Symbol('event registration'),
      useFactory: (registry: EventRegistry) => registry.register(...events),
      inject: [EventRegistry],
    };
    return {
      module: EventSourcingFeatureModule,
      providers: [registration, ...rowProviders],
      exports: rowProviders,
    };
  }

  constructor(
    private readonly projections: Projections,
    private readonly store: EventStore,
    private readonly keyCleanUp: KeyCleanUp,
    private readonly snapshots: Snapshots,
    dataSource: DataSource,
  ) {
    guardConnections(dataSource);
  }

  async onApplicationBootstrap(): Promise<void> {
    this.keyCleanUp.start();
    await this.projections.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.store.drained();
    await Promise.all([this.projections.stop(), this.snapshots.stop(), this.keyCleanUp.stop()]);
  }
}

@Module({})
class EventSourcingPartsModule {}

@Module({})
class EventSourcingFeatureModule {}

/** In the order in which they build on each other. */
const PARTS: Provider[] = [
  Clock,
  Telemetry,
  MessageContext,
  EventRegistry,
  LogSignal,
  PreparedQueries,
  CurrentTurn,
  ProjectionProgress,
  BackgroundWork,
  Turns,
  Rebuilds,
  ParkedKeys,
  LogListener,
  LogWriter,
  EventStore,
  IdempotencyKeys,
  KeyCleanUp,
  Snapshots,
  AggregateCache,
  AggregateLoader,
  Projections,
  ProjectionOperations,
];
