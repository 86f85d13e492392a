import { CommandRoute } from '../route/command-route.js';
import type { Restore } from '../route/repeated-requests.js';

/**
 * For a route that executes a command. A repeat under the same `Idempotency-Key` gets the first answer, with
 * `Idempotent-Replayed: true`, and appends nothing. Another request under the key is refused with an
 * `IdempotencyKeyReusedError`. Without the header, the route works as before. Each actor has keys of its own.
 *
 * The method must append once to the event store of its module, or not at all. Then its answer is remembered.
 *
 * @param restore makes the answer of the method again, from the events that the first call appended
 */
export const Idempotent = (restore: Restore): MethodDecorator => CommandRoute(restore, (answer: object) => answer);
