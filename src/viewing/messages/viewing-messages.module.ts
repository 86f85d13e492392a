import { type DynamicModule, Module } from '@nestjs/common';
import { NAME, optional, resolveOptions } from '../../event-sourcing/for-service.js';
import { EventSourcingModule, type FeatureOptions } from '../../event-sourcing/index.js';
import { ContentCatalogued, ContentRated, ContentWatched } from '../viewing.events.js';
import { ViewingMessagesController } from './viewing-messages.controller.js';

export type ViewingMessagesOptions = Pick<FeatureOptions, 'store'>;

const RULES = { store: optional(NAME) };

/**
 * Message controllers for an application that listens to a transport of Nest (`connectMicroservice`): the patterns
 * `content.catalogued`, `content.watched` and `content.rated`. It is an entry of its own, because an application
 * without a transport does not have `@nestjs/microservices`.
 */
@Module({})
export class ViewingMessagesModule {
  /** @throws InvalidOptionsError */
  static forRoot(options: ViewingMessagesOptions = {}): DynamicModule {
    const resolved = resolveOptions(options, RULES, 'ViewingMessagesModule.forRoot');
    const { store } = resolved as ViewingMessagesOptions;
    const events = [ContentCatalogued, ContentWatched, ContentRated];
    return {
      module: ViewingMessagesModule,
      imports: [EventSourcingModule.forFeature({ store, events })],
      controllers: [ViewingMessagesController],
    };
  }
}
