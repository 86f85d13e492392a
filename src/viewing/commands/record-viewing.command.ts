import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { canonicalUuid } from '../../event-sourcing/for-service.js';
import { EventStore, InvalidAppendError } from '../../event-sourcing/index.js';
import { contentStream, type ViewingEvent } from '../viewing.events.js';
import { type ContentReceipt, receiptOf } from './content-receipt.js';

/** Appends events from other services, in one transaction. Each event may be new or a repeat. */
export class RecordViewing extends Command<ContentReceipt[]> {
  constructor(readonly events: readonly ViewingEvent[]) {
    super();
  }
}

@CommandHandler(RecordViewing)
export class RecordViewingHandler implements ICommandHandler<RecordViewing> {
  constructor(private readonly store: EventStore) {}

  /** @throws InvalidAppendError when a user id is no UUID as it is stored: no read model could have a row for it */
  async execute({ events }: RecordViewing): Promise<ContentReceipt[]> {
    for (const { type, data } of events) {
      if (canonicalUuid(data.userId) === data.userId) continue;
      throw new InvalidAppendError(
        `The userId of a "${type}" must be a UUID, in lower case and with hyphens.`,
      );
    }
    const results = await this.store.appendEach(
      events.map((event) => ({ streamId: contentStream(event.data.contentId), event })),
    );
    return results.map(receiptOf);
  }
}
