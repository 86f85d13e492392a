import { CommandRoute } from '../route/command-route.js';
import type { Restore } from '../route/repeated-requests.js';

/**
 * On a route that executes a command: a repeat under the same `Idempotency-Key` gets the first answer, with
 * `Idempotent-Replayed: true`, and appends nothing. Another request under the key is refused as an
 * `IdempotencyKeyReusedError`. Without the header, the route is as it was. Each actor has keys of its own.
 *
 * What the method appends must be one append to the event store of its module, or none; then its answer is remembered.
 *
 * @param restore makes the method's answer again, of the events that the first call appended
 */
export const Idempotent = (restore: Restore): MethodDecorator => CommandRoute(restore, (answer: object) => answer);
