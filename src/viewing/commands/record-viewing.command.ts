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
    const firsts = new Map<unknown, ViewingEvent>();
    for (const event of events) if (!firsts.has(keyOf(event))) firsts.set(keyOf(event), event);
    const results = await this.store.appendEach(
      [...firsts.values()].map((event) => ({ streamId: contentStream(event.data.contentId), event })),
    );
    const receipts = new Map([...firsts.keys()].map((key, index) => [key, receiptOf(results[index]!)]));
    return events.map((event) => {
      const receipt = receipts.get(keyOf(event))!;
      return firsts.get(keyOf(event)) === event ? receipt : { ...receipt, repeated: true };
    });
  }
}

/** What makes an event the same as another of the call; without an id, it is like no other. */
const keyOf = (event: ViewingEvent) => event.eventId ?? event;
