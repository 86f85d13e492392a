import {
  BadRequestException,
  HttpException,
  HttpStatus,
  PayloadTooLargeException,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import { PoolExhaustedError, UnknownEventTypeError, UnknownSchemaVersionError } from '../../event-sourcing/index.js';
import { CrossSite, ForeignHost } from '../access/access.errors.js';
import { CORRELATION_HEADER } from '../request/correlation.js';
import { InvalidRequest } from '../request/invalid-request.error.js';
import { Stopping } from './stopping.error.js';
import { EXAMPLE_USER } from '../example-user.js';

/** Errors that many routes have in common, as examples for the OpenAPI document; see `problemResponses`. */

/** The errors of any route. A route's own example of `invalid-request` comes first. */
export const OF_A_REQUEST: readonly Error[] = [
  new InvalidRequest([
    {
      path: CORRELATION_HEADER,
      message: `${CORRELATION_HEADER} must be 1 to 255 printable ASCII characters`,
    },
  ]),
  new ForeignHost(),
  new Stopping(),
  new Error('a defect, of which nothing is shown'),
];

/** The errors of routes that need the database. */
export const OF_THE_DATABASE: readonly Error[] = [
  Object.assign(new Error('the database is away'), { code: 'ECONNREFUSED' }),
  new PoolExhaustedError(10, 10_000),
];

/** The errors of routes with parameters in their path. */
export const OF_A_PATH: readonly Error[] = [
  new BadRequestException('The path cannot be read.'),
  new HttpException('The path cannot be read.', HttpStatus.URI_TOO_LONG),
];

/** The errors of routes that read a body, even if they do not need it. */
export const OF_A_BODY: readonly Error[] = [
  new BadRequestException("Body is not valid JSON but content-type is set to 'application/json'"),
  new CrossSite(),
  new PayloadTooLargeException('Request body is too large'),
  new UnsupportedMediaTypeException('Unsupported Media Type'),
];

const STORED = { streamId: `user-${EXAMPLE_USER.id}`, version: 3, position: 42 };

/** The errors of routes that read an aggregate or fold events, because a newer build may have written these. */
export const OF_A_NEWER_BUILD: readonly Error[] = [
  new UnknownEventTypeError({ ...STORED, type: 'user.merged' }),
  new UnknownSchemaVersionError({ ...STORED, type: 'user.subscribed' }, 2, 1),
];
