import { type DynamicModule, Module } from '@nestjs/common';
import { EventSourcingModule, FeatureModule, type FeatureOptions } from '../event-sourcing/index.js';
import { CatalogueContentHandler } from './commands/catalogue-content.command.js';
import { RecordViewingHandler } from './commands/record-viewing.command.js';
import { ViewingController } from './viewing.controller.js';
import { ContentCatalogued, ContentRated, ContentWatched } from './viewing.events.js';

/** The door for what other services tell of contents. */
@Module({})
export class ViewingModule extends FeatureModule {
  static forRoot({ store, controllers = true }: FeatureOptions = {}): DynamicModule {
    const events = [ContentCatalogued, ContentWatched, ContentRated];
    return FeatureModule.configured({
      module: ViewingModule,
      imports: [EventSourcingModule.forFeature({ store, events })],
      controllers: controllers ? [ViewingController] : [],
      providers: [CatalogueContentHandler, RecordViewingHandler],
    });
  }
}
