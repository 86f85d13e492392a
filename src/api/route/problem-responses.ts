import type { ApiResponseOptions } from '@nestjs/swagger';
import { getSchemaPath } from '@nestjs/swagger';
import { CORRELATION_ID, REPLAYED, RETRY_AFTER } from './answer-headers.js';
import { ProblemBody } from './bodies.js';
import { type Problem, problemOf } from '../problem/error-to-problem.js';

const EXAMPLE_ID = '0b9d2a0e-5f0e-4d5f-8f8e-0f7f3d1b2c3d';

/** Refusals that are stored with an idempotency key: an unknown id, a rule, another version. */
const REMEMBERED = new Set([404, 409, 410, 412]);
/** Problems after which the request may be tried again. */
const PASSING = new Set([429, 503]);

/**
 * The answers of a route that fails, for the OpenAPI document: by status, each code with an example.
 *
 * Each problem is documented by an error that the route can throw. `problemOf` makes status, title and example of that
 * error, as it does for the filter, so the document and the answer agree. Among several errors with one code, the first
 * is the example.
 */
export function problemResponses(
  errors: readonly Error[],
  { isRepeatable }: { isRepeatable: boolean },
): ApiResponseOptions[] {
  const byStatus = new Map<number, Map<string, Problem>>();
  for (const error of errors) {
    const problem = problemOf(error, EXAMPLE_ID);
    const problems = byStatus.get(problem.status) ?? new Map<string, Problem>();
    if (!problems.has(problem.type)) problems.set(problem.type, problem);
    byStatus.set(problem.status, problems);
  }
  return [...byStatus].map(([status, problems]) => ({
    status,
    description: [...problems.keys()].map((code) => `\`${code}\``).join(', '),
    headers: {
      ...CORRELATION_ID,
      ...(PASSING.has(status) && RETRY_AFTER),
      ...(isRepeatable && REMEMBERED.has(status) && REPLAYED),
    },
    content: {
      'application/problem+json': {
        schema: schemaOf(status, [...problems.keys()]),
        examples: Object.fromEntries([...problems].map(([code, value]) => [code, { value }])),
      },
    },
  }));
}

/** A problem that has this status and one of these codes, so that a client can switch on them exhaustively. */
const schemaOf = (status: number, codes: string[]) => ({
  allOf: [
    { $ref: getSchemaPath(ProblemBody) },
    {
      type: 'object',
      required: ['type', 'status'],
      properties: { type: { type: 'string', enum: codes }, status: { type: 'integer', enum: [status] } },
    },
  ],
});
