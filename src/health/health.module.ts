import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { EventSourcingModule, type FeatureOptions } from '../event-sourcing/index.js';
import { NAME, optional, resolveOptions } from '../event-sourcing/for-service.js';
import { EventfoldHealthIndicator } from './health-indicator.js';
import { StoreHealth } from './store-health.js';

const RULES = { store: optional(NAME) };

/** Makes `EventfoldHealthIndicator` available to the module that imports it, for the event store without a name. */
@Module(parts())
export class EventfoldHealthModule {
  /** The same for the event store with this name. @throws InvalidOptionsError */
  static forRoot(options: Pick<FeatureOptions, 'store'> = {}): DynamicModule {
    const { store } = resolveOptions(options, RULES, 'EventfoldHealthModule.forRoot') as typeof options;
    return { module: EventfoldHealthModuleOfStore, ...parts(store) };
  }
}

@Module({})
class EventfoldHealthModuleOfStore {}

function parts(store?: string): ModuleMetadata {
  return {
    imports: [EventSourcingModule.forFeature({ store })],
    providers: [StoreHealth, EventfoldHealthIndicator],
    exports: [StoreHealth, EventfoldHealthIndicator],
  };
}
