import type { EntityManager } from 'typeorm';
import type { StreamAppend } from '../log/append/append.js';
import type { RunningTurn } from '../log/append/running-turn.js';
import type { RetryOptions } from '../options/event-sourcing-options.js';
import { InvalidArgumentError } from '../options/require-arguments.js';
import { broken } from '../options/resolve-options.js';

export interface SaveOptions {
  /**
   * The caller's own transaction; see `AppendOptions`. A conflict in it is not retried, since its snapshot is the
   * caller's. Default: the running transaction, when the host sets `currentTransaction`.
   */
  manager?: EntityManager;
  /**
   * When the events are appended: at once (`call`), or right before the commit of that transaction (`commit`, see
   * `AppendAtCommit`). With `commit` the aggregate's `position` is known after the commit; reading it earlier throws a
   * `NotCommittedError`. Default: `call`; `commit` in a transaction that is joined by itself.
   */
  at?: 'call' | 'commit';
  /**
   * The turn of the reaction that calls (`CurrentTurn`). The events commit with the checkpoint, so they are appended
   * exactly once. When another append comes first, the event is handled again, on the fresh state. Not with `manager`.
   */
  turn?: RunningTurn;
  /**
   * Appends to other streams that succeed or fail with this one, e.g. a reservation. They come first in the log. They
   * go with the events of the aggregate: an update whose decision raises nothing appends none of them and succeeds, and
   * `create` refuses them for an aggregate without events. The aggregate's own stream is refused.
   */
  alongside?: readonly StreamAppend[];
}

export interface UpdateOptions extends SaveOptions {
  /**
   * The version the caller has seen. Any other current version throws a `VersionMismatchError`, and nothing is retried.
   */
  expectedVersion?: number | undefined;
  /** Default: the option `retry` of the module. */
  retry?: Partial<RetryOptions>;
}

/** @throws InvalidArgumentError when an append alongside goes to the aggregate's own stream */
export function refuseOwnStream(method: string, own: string, alongside: readonly StreamAppend[] = []): void {
  const index = alongside.findIndex(({ streamId }) => streamId === own);
  if (index === -1) return;
  const rule = "the stream of something else: the aggregate's own events are raised by its business methods";
  throw new InvalidArgumentError([`${method}: ${broken(`options.alongside[${index}].streamId`, own, rule)}`]);
}

/** @throws InvalidArgumentError when there are appends alongside, and no event with which they could be appended */
export function requireEvents(
  method: string,
  events: readonly object[],
  { alongside = [] }: SaveOptions,
): void {
  if (events.length > 0 || alongside.length === 0) return;
  const rule = 'left out for an aggregate that has raised no events, since it would not be appended';
  throw new InvalidArgumentError([`${method}: ${broken('options.alongside', alongside, rule)}`]);
}
