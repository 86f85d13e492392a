import { Module } from '@nestjs/common';
import { EventSourcingModule } from '../event-sourcing/index.js';
import { CatalogueContentHandler } from './commands/catalogue-content.command.js';
import { RecordViewingHandler } from './commands/record-viewing.command.js';
import { ViewingController } from './viewing.controller.js';
import { ContentCatalogued, ContentRated, ContentWatched } from './viewing.events.js';

/** The door for what other services tell of contents. */
@Module({
  imports: [EventSourcingModule.forFeature({ events: [ContentCatalogued, ContentWatched, ContentRated] })],
  controllers: [ViewingController],
  providers: [CatalogueContentHandler, RecordViewingHandler],
})
export class ViewingModule {}
