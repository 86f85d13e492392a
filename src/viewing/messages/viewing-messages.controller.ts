import { Controller, Logger } from '@nestjs/common';
import { EventPattern, Payload, RpcException } from '@nestjs/microservices';
import { EventStore, EventfoldError } from '../../event-sourcing/index.js';
import { type ContentReceipt, receiptOf } from '../commands/content-receipt.js';
import { contentEventOf } from '../viewing-message.js';
import { ContentCatalogued, ContentRated, ContentWatched } from '../viewing.events.js';

/**
 * Takes events by any transport of Nest, with the rules of the HTTP routes. A sender by `emit` gets no answer, so a
 * refusal is logged. A sender by `send` gets the receipt, or the code and the errors.
 */
@Controller()
export class ViewingMessagesController {
  private readonly logger = new Logger('Viewing messages');

  constructor(private readonly store: EventStore) {}

  @EventPattern(ContentCatalogued.type)
  catalogued(@Payload() body: unknown): Promise<ContentReceipt> {
    return this.take(ContentCatalogued.type, body);
  }

  @EventPattern(ContentWatched.type)
  watched(@Payload() body: unknown): Promise<ContentReceipt> {
    return this.take(ContentWatched.type, body);
  }

  @EventPattern(ContentRated.type)
  rated(@Payload() body: unknown): Promise<ContentReceipt> {
    return this.take(ContentRated.type, body);
  }

  /** @throws RpcException for an error of Eventfold: others are Nest's matter */
  private async take(type: string, body: unknown): Promise<ContentReceipt> {
    try {
      const [result] = await this.store.appendEach([contentEventOf(type, body)]);
      const { eventId, version, position, repeated } = receiptOf(result!);
      return { eventId, version, position, repeated };
    } catch (error) {
      if (!(error instanceof EventfoldError)) throw error;
      this.logger.warn(`A message ${type} was refused: ${error.message}`);
      const { code, detail, details } = error;
      throw new RpcException({ code, message: detail, ...details });
    }
  }
}
