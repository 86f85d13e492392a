import type { FactoryProvider, ModuleMetadata, Type } from '@nestjs/common';
import type { AggregateClass } from './aggregate/aggregate-root.js';
import type { EventClass } from './event/domain-event.js';
import type { EventSourcingOptions } from './options.js';

/** Which store it is, of several in one process, and where its tables are. */
export interface EventStoreName {
  /** The name by which features ask for it. Default: `default`, the one that every module sees. */
  name?: string | undefined;
  /** The name of its TypeORM data source. Default: the one without a name. */
  dataSource?: string | undefined;
}

export interface EventSourcingAsyncOptions extends EventStoreName {
  /** Modules that provide what the factory takes. */
  imports?: ModuleMetadata['imports'];
  inject?: FactoryProvider['inject'];
  useFactory?: (...dependencies: any[]) => EventSourcingOptions | Promise<EventSourcingOptions>;
  /** Is constructed for this. */
  useClass?: Type<EventSourcingOptionsFactory>;
  /** Is a provider of one of the `imports`. */
  useExisting?: Type<EventSourcingOptionsFactory>;
}

export interface EventSourcingOptionsFactory {
  createEventSourcingOptions(): EventSourcingOptions | Promise<EventSourcingOptions>;
}

export interface EventSourcingFeature {
  /** The name of the event store that the module works with. Default: `default`. */
  store?: string | undefined;
  /** Event classes that the module stores besides those of its aggregates. */
  events?: readonly EventClass[];
  /** Makes `@InjectAggregates(Order)` available, a repository for each. */
  aggregates?: readonly AggregateClass<any>[];
  /**
   * The entities whose rows the module's projections fill: makes `@InjectRows(Entity)` available to projections, and
   * `@InjectRepository(Entity)` to queries. Their tables are where the data source has them that knows the entity; of
   * an entity that it does not know, in the schema of the event store.
   */
  rows?: readonly Type<object>[];
}
