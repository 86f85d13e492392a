import { applyDecorators, Controller, HttpCode, UseFilters, UseInterceptors, UsePipes } from '@nestjs/common';
import { ApiExtraModels, ApiHeader, ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { CommandAnswerInterceptor } from './command-answer.interceptor.js';
import { MessageContextInterceptor } from './message-context.interceptor.js';
import { ProblemBody } from './bodies.js';
import { ProblemFilter } from './problem.filter.js';
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
    UseInterceptors(MessageContextInterceptor),
  );

/** A route that answers with a command's receipt. */
export const AnswersCommand = (status: number) =>
  applyDecorators(HttpCode(status), UseInterceptors(CommandAnswerInterceptor));

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
