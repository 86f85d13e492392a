import type { FactoryProvider, ModuleMetadata, Type } from '@nestjs/common';
import type { AggregateClass } from '../aggregate/aggregate-root.js';
import type { EventClass } from '../event/domain-event.js';
import type { EventSourcingOptions } from '../options/event-sourcing-options.js';

/** The name of an event store, when a process has several, and the name of its data source. */
export interface EventStoreName {
  /** The name by which feature modules refer to it. Default: `default`, the store that every module sees. */
  name?: string | undefined;
  /** The name of its TypeORM data source. Default: the data source without a name. */
  dataSource?: string | undefined;
}

export interface EventSourcingAsyncOptions extends EventStoreName {
  /** Modules that provide the dependencies of the factory. */
  imports?: ModuleMetadata['imports'];
  inject?: FactoryProvider['inject'];
  useFactory?: (...dependencies: any[]) => EventSourcingOptions | Promise<EventSourcingOptions>;
  /** A factory class, of which an instance is made. */
  useClass?: Type<EventSourcingOptionsFactory>;
  /** A factory that one of the `imports` provides. */
  useExisting?: Type<EventSourcingOptionsFactory>;
}

export interface EventSourcingOptionsFactory {
  createEventSourcingOptions(): EventSourcingOptions | Promise<EventSourcingOptions>;
}

export interface EventSourcingFeature {
  /** The name of the event store that the module works with. Default: `default`. */
  store?: string | undefined;
  /** Event classes that the module stores, besides those of its aggregates. */
  events?: readonly EventClass[];
  /** Aggregate classes. Each gets a repository, injected by `@InjectAggregates(Order)`. */
  aggregates?: readonly AggregateClass<any>[];
  /**
   * The entities whose rows the module's projections fill. They make `@InjectRows(Entity)` available to projections,
   * and `@InjectRepository(Entity)` to queries. A table is where the data source that has the entity puts it; the table
   * of an entity without a data source is in the schema of the event store.
   */
  rows?: readonly Type<object>[];
}
