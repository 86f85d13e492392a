import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { EventStore } from '../../event-sourcing/index.js';
import { ContentCatalogued, contentStream } from '../viewing.events.js';
import { type ContentReceipt, receiptOf } from './content-receipt.js';

export class CatalogueContent extends Command<ContentReceipt> {
  constructor(
    readonly contentId: string,
    readonly title: string,
    readonly genre: string,
  ) {
    super();
  }
}

@CommandHandler(CatalogueContent)
export class CatalogueContentHandler implements ICommandHandler<CatalogueContent> {
  constructor(private readonly store: EventStore) {}

  async execute({ contentId, title, genre }: CatalogueContent): Promise<ContentReceipt> {
    const event = new ContentCatalogued({ contentId, title, genre });
    return receiptOf(await this.store.appendToStream(contentStream(contentId), 'any', [event]));
  }
}
