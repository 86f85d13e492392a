import { CommandRoute } from '../route/command-route.js';
import type { Restore } from '../route/repeated-requests.js';

/**
 * For a route that executes a command. A repeat under the same `Idempotency-Key` gets the first answer, with
 * `Idempotent-Replayed: true`, and appends nothing. Another request under the key is refused with an
 * `IdempotencyKeyReusedError`. Without the header, the route works as before. Each actor has keys of its own.
 *
 * The method must append once to the event store of its module, or not at all. Then its answer is remembered. A second
 * append is refused with a `SecondAppendError`, and nothing of it is stored: append the events together.
 *
 * When the method throws after its append, a repeat gets the same problem, if it is one of the client (4xx). After a
 * 5xx, a repeat gets an `AnswerNotKnownError` (409 `answer-not-known`) with the position of the last stored event. A
 * repeat that comes before the first call has thrown, or after its process died, gets the answer of `restore`. A method
 * that throws before its append leaves the key free, except for a refusal of Eventfold that is final (404, 409 of a
 * rule, 412).
 *
 * @param restore makes the answer of the method again, from the events that the first call appended
 */
export const Idempotent = (restore: Restore): MethodDecorator => CommandRoute(restore, (answer: object) => answer);
