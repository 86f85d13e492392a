import { SetMetadata } from '@nestjs/common';
import { NAME, oneOf, optional, type Rule, wholeNumber } from '../../options/rules.js';
import { MAX_INTEGER } from '../../postgres/integer.js';
import { KEY, PARTITIONS } from './declaration-rules.js';

export interface ReactionOptions {
  /** The durable name of the checkpoint, also in routes and metrics. Never reuse one. */
  name: string;
  /**
   * Raise it when the reaction handles other events than before. Instances of an older build then leave the reaction to
   * newer ones, and pass over no event that only newer ones handle. Range: 0 to 2,147,483,647. Default: 1.
   */
  revision?: number;
  /**
   * The key of an event. Events of one key are handled in order, and a failure parks only its key. Default: the stream.
   */
  key?: string | ((event: any) => string);
  /** How many parts work side by side, each with its own checkpoint: 1 to 256. Fixed at the first start. Default: 1. */
  partitions?: number;
  /** Where a new reaction begins. Default: `end`, so that it sends no mail about the past. */
  startsAt?: 'beginning' | 'end';
}

export const REACTION_RULES: Record<keyof ReactionOptions, Rule> = {
  name: NAME,
  revision: wholeNumber(0, MAX_INTEGER, 1),
  key: KEY,
  partitions: PARTITIONS,
  startsAt: optional(oneOf('beginning', 'end')),
};

/**
 * Makes an `@EventsHandler` class a durable reaction, for effects outside the database: an e-mail, a call to another
 * service.
 *
 * It gets its events in log order, each after the earlier one is handled. It handles each at least once: work that a
 * crash cuts off is repeated. So pass `event.eventId` to the other side as the idempotency key. An event whose handler
 * throws is tried again with growing pauses. Then its key is parked, and the other keys go on. A rebuild never calls a
 * reaction.
 *
 * While a handler works, a transaction is open on one connection. Writes through `CurrentTurn.manager` commit with the
 * checkpoint. Give the handler a time limit of its own.
 */
export const Reaction = (options: ReactionOptions): ClassDecorator => SetMetadata(REACTION_METADATA, options);

export const REACTION_METADATA = 'eventfold:reaction';
