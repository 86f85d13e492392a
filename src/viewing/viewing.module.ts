import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { EventSourcingModule } from '../event-sourcing/index.js';
import {
  provideAccess,
  resolveAccess,
  ROUTED_RULES,
  type RoutedFeatureOptions,
} from '../api/access/access.js';
import { HiddenRoutes } from '../api/route/hidden-routes.js';
import { CatalogueContentHandler } from './commands/catalogue-content.command.js';
import { RecordViewingHandler } from './commands/record-viewing.command.js';
import { ViewingController } from './viewing.controller.js';
import { ContentCatalogued, ContentRated, ContentWatched } from './viewing.events.js';

/** The commands that an application may send: `index.ts` exports them with the module. */
export { CatalogueContent } from './commands/catalogue-content.command.js';
export { RecordViewing } from './commands/record-viewing.command.js';
/** For the intake of messages. */
export { viewingEventOf } from './viewing-message.js';

/** The write model of contents: it takes events from other services. */
@Module(parts())
export class ViewingModule {
  /** @throws InvalidOptionsError */
  static forRoot(options: RoutedFeatureOptions = {}): DynamicModule {
    const resolved = resolveAccess(options, ROUTED_RULES, 'ViewingModule.forRoot');
    return { module: ViewingModuleWithOptions, ...parts(resolved) };
  }
}

/** It inherits only the path that `RouterModule` gives to the module above. */
@Module({ imports: [], controllers: [], providers: [], exports: [] })
class ViewingModuleWithOptions extends ViewingModule {}

function parts({ store, controllers = true, ...access }: RoutedFeatureOptions = {}): ModuleMetadata {
  const events = [ContentCatalogued, ContentWatched, ContentRated];
  return {
    imports: [EventSourcingModule.forFeature({ store, events })],
    controllers: controllers ? [ViewingController] : [],
    providers: [
      ...(controllers ? [HiddenRoutes] : []),
      provideAccess(access),
      CatalogueContentHandler,
      RecordViewingHandler,
    ],
  };
}
