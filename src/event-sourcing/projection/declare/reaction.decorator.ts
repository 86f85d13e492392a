import { SetMetadata } from '@nestjs/common';
import type { Duration } from '../../options/duration.js';
import { NAME, oneOf, optional, type Rule, wholeNumber } from '../../options/rules.js';
import { MAX_INTEGER } from '../../postgres/integer.js';
import { KEY, LEASE, PARTITIONS, RETRY } from './declaration-rules.js';

/** Retries of a failed event without an operator. Its key waits meanwhile, and the other keys go on. */
export interface ReactionRetry {
  /** How long, from the first failure on, such as `24h`. Then the key stays parked. Range: 1 s to a hundred years. */
  for: Duration;
  /** The first pause. It doubles with each further failure, and a random part of it is taken. Default: `1s`. */
  first?: Duration;
  /** The longest pause, at most a day. Default: `1h`. */
  longest?: Duration;
}

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
  /**
   * What the reaction holds while its handler works. `transaction`: one connection of the pool, with the transaction
   * that then moves the checkpoint. `lease`: a lease in the database, which any other process can take over when this
   * one is killed; no connection and no transaction. Default: `transaction` for a class that injects `CurrentTurn`,
   * `lease` for any other.
   */
  holds?: 'transaction' | 'lease';
  /**
   * The length of the lease, which is extended while the handler works: another process takes the event over so long
   * after this one was killed. Longer than any standstill of the event loop. Range: 1 s to a day. Default: `15s`.
   */
  lease?: Duration;
  /** Retries of a failed event without an operator. Default: none, so that an event is tried `turns.attempts` times. */
  retry?: ReactionRetry;
}

export const REACTION_RULES: Record<keyof ReactionOptions, Rule> = {
  name: NAME,
  revision: wholeNumber(0, MAX_INTEGER, 1),
  key: KEY,
  partitions: PARTITIONS,
  startsAt: optional(oneOf('beginning', 'end')),
  holds: optional(oneOf('transaction', 'lease')),
  lease: LEASE,
  retry: RETRY,
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
 * It may append exactly once: `CurrentTurn.appendToStream`, and `update(id, decide, { turn })` of a repository, commit
 * with the checkpoint. Give the handler a time limit of its own.
 */
export const Reaction = (options: ReactionOptions): ClassDecorator => SetMetadata(REACTION_METADATA, options);

export const REACTION_METADATA = 'eventfold:reaction';
