import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { EventStore } from '../../event-sourcing/index.js';
import { contentStream, type ViewingEvent } from '../viewing.events.js';
import { type ContentReceipt, receiptOf } from './content-receipt.js';

/** Takes in what other services saw, in one transaction; each event is new or a repeat on its own. */
export class RecordViewing extends Command<ContentReceipt[]> {
  constructor(readonly events: readonly ViewingEvent[]) {
    super();
  }
}

@CommandHandler(RecordViewing)
export class RecordViewingHandler implements ICommandHandler<RecordViewing> {
  constructor(private readonly store: EventStore) {}

  async execute({ events }: RecordViewing): Promise<ContentReceipt[]> {
    const results = await this.store.appendEach(
      events.map((event) => ({ streamId: contentStream(event.data.contentId), event })),
    );
    return results.map(receiptOf);
  }
}
