import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { type CallOutcome } from '../../event-sourcing/for-service.js';
import {
  AppendLockTimeoutError,
  OverloadedError,
  TooManyLiveConnectionsError,
} from '../../event-sourcing/index.js';
import { type AnswerHeaders, CORRELATION_ID, ETAG, REPLAYED, REPORT_LOCATION } from './answer-headers.js';
import { EVENT_STREAM } from '../live/live-frame.js';
import { CommandRoute } from './command-route.js';
import { ErasureReceiptBody } from './bodies.js';
import { answerOf, pathOf, type Receipt } from './receipt.js';
import type { Restore } from './repeated-requests.js';
import { TakesIdempotencyKey } from './route-headers.js';
import { AnswersProblems } from './route-problems.js';

/** The answer of a route that succeeds. */
export const Answers = (status: number, body: Type<object>, headers: AnswerHeaders = {}) =>
  applyDecorators(
    HttpCode(status),
    ApiResponse({ status, type: body, description: 'Done.', headers: { ...headers, ...CORRELATION_ID } }),
  );

const FEED = {
  [EVENT_STREAM]: {
    schema: { type: 'string' },
    example: 'id: 17\nevent: event\ndata: {"position":17}\n\n',
  },
} as const;

/** A route that answers with a feed. */
export const AnswersFeed = () =>
  applyDecorators(
    HttpCode(200),
    ApiResponse({ status: 200, description: 'The feed, which stays open.', headers: CORRELATION_ID, content: FEED }),
    AnswersProblems(new TooManyLiveConnectionsError(2_000)),
  );

const FEED_OF_ROWS =
  'an event `changed` with the same JSON as its `data` comes at once, and again whenever the rows change.';

/**
 * A query that answers once, or with a feed when the client asks for `text/event-stream`.
 *
 * @param feed what comes by the feed, for the document
 */
export const AnswersOrFeeds = (body: Type<object>, feed = FEED_OF_ROWS) =>
  applyDecorators(
    HttpCode(200),
    ApiExtraModels(body),
    ApiResponse({
      status: 200,
      description: `Done. With \`Accept: text/event-stream\` the answer stays open: ${feed}`,
      headers: CORRELATION_ID,
      content: {
        'application/json': { schema: { $ref: getSchemaPath(body) } },
        [EVENT_STREAM]: {
          schema: { type: 'string' },
          example: 'id: 17\nevent: changed\ndata: {}\n\n',
        },
      },
    }),
    AnswersProblems(new TooManyLiveConnectionsError(2_000)),
  );

/** A route of a command, which answers with the result of its method. It may be sent twice; see `IdempotencyKeys`. */
export const AnswersOnce = (status: number, body: Type<object>, restore: Restore) =>
  applyDecorators(
    CommandRoute(restore, (result: object) => result),
    AnswersOnceWith(status, body),
  );

/**
 * A route of a command, which answers with a receipt. It may be sent twice: `restore` makes the receipt again, from the
 * events of the command.
 *
 * @param headers of the answer, beside the version
 */
export const AnswersCommand = (
  status: number,
  body: Type<object>,
  restore: (outcome: CallOutcome) => Receipt,
  headers: AnswerHeaders = {},
) => applyDecorators(CommandRoute(restore, answerOf), AnswersOnceWith(status, body, { ...ETAG, ...headers }));

/** A command that begins an erasure. Its report is at `Location`, below the same prefix as the request. */
export const AnswersErasure = () =>
  applyDecorators(
    CommandRoute(
      ({ kept }: CallOutcome) => kept as object,
      (receipt: { erasureId: string }, setHeader, requestUrl) => {
        const [path] = pathOf(requestUrl()).split(/\/users\/[^/]*$/);
        setHeader('Location', `${path}/privacy/erasures/${receipt.erasureId}`);
        return { erasureId: receipt.erasureId };
      },
    ),
    AnswersOnceWith(202, ErasureReceiptBody, REPORT_LOCATION),
  );

const AnswersOnceWith = (status: number, body: Type<object>, headers: AnswerHeaders = {}) =>
  applyDecorators(
    Answers(status, body, { ...headers, ...REPLAYED }),
    TakesIdempotencyKey(),
    AnswersProblems(new OverloadedError(10_000), new AppendLockTimeoutError(4_000, undefined)),
  );
