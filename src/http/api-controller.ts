import { applyDecorators, Controller, HttpCode, UseFilters, UseGuards, UsePipes } from '@nestjs/common';
import { ApiExtraModels, ApiHeader, ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { CallOutcome } from '../event-sourcing/index.js';
import { ProblemBody } from './bodies.js';
import { CommandRoute } from './command-route.js';
import { CorrelationGuard } from './correlation.guard.js';
import { ProblemFilter } from './problem.filter.js';
import { answerOf, type Receipt } from './receipt.js';
import type { Restore } from './repeated-requests.js';
import { RequestValidation } from './validation.js';

/**
 * A controller of Eventfold's API: it brings its own validation, error format and correlation, so that it works the
 * same inside a host application and leaves the host's own routes alone.
 */
export const ApiController = (path: string, tag: string) =>
  applyDecorators(
    Controller(path),
    ApiTags(tag),
    ApiExtraModels(ProblemBody),
    ApiHeader({
      name: 'X-Correlation-Id',
      required: false,
      description: 'Goes into the metadata of events and comes back; made up when absent.',
    }),
    ApiResponse({
      status: 'default',
      description: 'Any error.',
      content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemBody) } } },
    }),
    UseFilters(ProblemFilter),
    UsePipes(RequestValidation),
    UseGuards(CorrelationGuard),
  );

/** Documents, beside those that every route may answer with, the problems that are a route's own: status and codes. */
export const AnswersProblems = (problems: Partial<Record<400 | 404 | 409, string>>) =>
  applyDecorators(
    ...Object.entries(problems).map(([status, description]) =>
      ApiResponse({
        status: Number(status),
        description,
        content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemBody) } } },
      }),
    ),
  );

/** A command's route that answers with what its method returns; it may be sent twice. See `IdempotencyKeys`. */
export const AnswersOnce = (restore: Restore) =>
  applyDecorators(
    CommandRoute(restore, (result: object) => result),
    DocumentsIdempotencyKey(),
  );

/** A command's route that answers with its receipt, which `restore` makes of the command's events; it may be sent twice. */
export const AnswersCommand = (status: number, restore: (outcome: CallOutcome) => Receipt) =>
  applyDecorators(HttpCode(status), CommandRoute(restore, answerOf), DocumentsIdempotencyKey());

const DocumentsIdempotencyKey = () =>
  ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description:
      'A repeat of the request under the same key gets the first answer, with `Idempotent-Replayed: true`, and ' +
      'changes nothing. Another request under the key is 422. Keys are remembered for a day.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
    example: 'c0ffee-1',
  });

/** Documents `If-Match` on a route that takes it. */
export const TakesIfMatch = () =>
  ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'The version the change is meant for.',
    example: '"3"',
  });

/** Documents `Read-After` on a route that takes it. */
export const TakesReadAfter = () =>
  ApiHeader({
    name: 'Read-After',
    required: false,
    description:
      'Answer when this position of the log is folded; 503 `not-caught-up` when it takes too long.',
    example: '42',
  });
