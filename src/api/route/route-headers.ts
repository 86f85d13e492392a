import { applyDecorators, UseGuards } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import {
  AnswerNotKnownError,
  ConcurrencyError,
  IdempotencyKeyReusedError,
  NotCaughtUpError,
  VersionMismatchError,
} from '../../event-sourcing/index.js';
import { CORRELATION_HEADER } from '../request/correlation.js';
import { ReadAfterGuard } from './read-after-in-transaction.guard.js';
import { AnswersProblems } from './route-problems.js';

/** The headers that routes take, for the OpenAPI document, each with its problems. */
export const TakesCorrelationId = () =>
  ApiHeader({
    name: CORRELATION_HEADER,
    required: false,
    description: 'The metadata of events and the answer have this id. Default: a generated id.',
    schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
    example: 'checkout/2026-01-31#7',
  });

export const TakesIdempotencyKey = () =>
  applyDecorators(
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'A repeat of the request under the same key gets the first answer, with `Idempotent-Replayed: true`, and ' +
        'changes nothing. Another request under the key gets 422. Keys are remembered for a day.',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
      example: 'c0ffee-1',
    }),
    // The second one where the application has a transaction of its own around a command.
    AnswersProblems(new IdempotencyKeyReusedError('c0ffee-1'), new AnswerNotKnownError(42)),
  );

/** For a command on a resource with versions. */
export const TakesIfMatch = () =>
  applyDecorators(
    ApiHeader({
      name: 'If-Match',
      required: false,
      description:
        'The expected version, from an earlier `ETag`: `"3"`. At another version, the answer is 412. Without this ' +
        'header, a command that meets a concurrent change is tried again, and gets 409 when that does not help.',
      schema: { type: 'string', pattern: '^"\\d{1,10}"$' },
      example: '"3"',
    }),
    AnswersProblems(new VersionMismatchError('user-1', 3, 5), new ConcurrencyError('user-1', 3, 4)),
  );

/** For a feed of events. */
export const TakesLastEventId = () =>
  ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description:
      'The last `id` that the client has had. The feed goes on behind it. Browsers send it by themselves.',
    schema: { type: 'integer', minimum: 0, maximum: 999_999_999_999_999 },
    example: 16,
  });

/** For a query of the read model of a projection. */
export const TakesReadAfter = (projection: string) =>
  applyDecorators(
    ApiHeader({
      name: 'Read-After',
      required: false,
      description:
        'The position of a command. The query waits until it is folded, or gets 503 `not-caught-up` after a time.',
      schema: { type: 'integer', minimum: 0, maximum: 999_999_999_999_999 },
      example: 42,
    }),
    AnswersProblems(new NotCaughtUpError(projection, 42, 40)),
    UseGuards(ReadAfterGuard(projection)),
  );
