import { CORRELATION_HEADER } from '../request/correlation.js';
import { REPLAYED_HEADER } from '../request/headers.js';
import { EXAMPLE_USER } from '../example-user.js';

/** Headers of answers, for the OpenAPI document. */
export type AnswerHeaders = Record<
  string,
  { description: string; required: boolean; schema: Record<string, unknown>; example: string }
>;

export const CORRELATION_ID: AnswerHeaders = {
  [CORRELATION_HEADER]: {
    description: 'The correlation id of the request, or a generated one.',
    required: true,
    schema: { type: 'string' },
    example: '0b9d2a0e-5f0e-4d5f-8f8e-0f7f3d1b2c3d',
  },
};

export const ETAG: AnswerHeaders = {
  ETag: {
    description: 'The version, for `If-Match`.',
    required: true,
    schema: { type: 'string', pattern: '^"\\d+"$' },
    example: '"3"',
  },
};

export const LOCATION: AnswerHeaders = {
  Location: {
    description: 'The address of the created resource.',
    required: true,
    schema: { type: 'string', format: 'uri-reference' },
    example: `/users/${EXAMPLE_USER.id}`,
  },
};

export const REPLAYED: AnswerHeaders = {
  [REPLAYED_HEADER]: {
    description: 'Present when the answer repeats the first one.',
    required: false,
    schema: { type: 'string', enum: ['true'] },
    example: 'true',
  },
};

export const RETRY_AFTER: AnswerHeaders = {
  'Retry-After': {
    description: 'Seconds until the next try.',
    required: true,
    schema: { type: 'string', pattern: '^\\d+$' },
    example: '1',
  },
};

export const REPORT_LOCATION: AnswerHeaders = {
  Location: {
    description: 'The address of the report.',
    required: true,
    schema: { type: 'string', format: 'uri-reference' },
    example: '/privacy/erasures/5f0f2c1e-2a5b-4f57-9a32-2f1f0a3f6b1d',
  },
};
