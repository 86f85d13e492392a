import { SetMetadata } from '@nestjs/common';
import { NAME, oneOf, optional, type Rule, wholeNumber } from '../../options/rules.js';
import { MAX_INTEGER } from '../../postgres/integer.js';
import { KEY, PARTITIONS } from './declaration-rules.js';

export interface ReactionOptions {
  /** The durable name: checkpoint, routes and metrics go by it. Never reuse one. */
  name: string;
  /**
   * Raise it when the reaction handles other events than before: instances of an older build then leave it to the newer
   * ones, and pass over no event that only those handle. Default: 1.
   */
  revision?: number;
  /**
   * What belongs together: events of one key are reacted to in order, and a failure sets only its key aside. Default:
   * the stream.
   */
  key?: string | ((event: any) => string);
  /** Parts that work side by side, each with a checkpoint of its own. Fixed at the first start. Default: 1. */
  partitions?: number;
  /** Where a reaction that is new here begins. Default: `end`, so that nobody gets mail about the past. */
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
 * Makes an `@EventsHandler` class a durable reaction, for what leaves the database: an e-mail, a call to another
 * service.
 *
 * Its events are handed to it in log order, each after the one before has been handled, and at least once: what a crash
 * cuts off is repeated. Pass `event.eventId` on as the idempotency key of the other side. What the handler throws is
 * tried again with growing pauses, then its key is parked and the others go on. It is never called for a rebuild.
 *
 * While a handler works, a transaction is open on one connection; what it writes through `CurrentTurn.manager` commits
 * with the checkpoint. Give it a time limit of its own.
 */
export const Reaction = (options: ReactionOptions): ClassDecorator => SetMetadata(REACTION_METADATA, options);

export const REACTION_METADATA = 'eventfold:reaction';
