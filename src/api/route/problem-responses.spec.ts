import { describe, expect, it } from '@jest/globals';
import { NotFoundException } from '@nestjs/common';
import { NotCaughtUpError, VersionMismatchError } from '../../event-sourcing/index.js';
import { InvalidRequest } from '../request/invalid-request.error.js';
import { problemOf } from '../problem/error-to-problem.js';
import { problemResponses } from './problem-responses.js';

const invalid = (path: string) => new InvalidRequest([{ path, message: `${path} is wrong` }]);
const headersOf = (errors: Error[], isRepeatable: boolean) =>
  problemResponses(errors, { isRepeatable }).map(({ headers }) => Object.keys(headers!));

describe('the documented problems of a route', () => {
  const errors = [
    invalid('email'),
    new VersionMismatchError('user-1', 3, 5),
    invalid('name'),
    new TypeError('x'),
  ];
  const responses = problemResponses(errors, { isRepeatable: false }) as any[];
  const problemsOf = (status: number) =>
    responses.find((response) => response.status === status).content['application/problem+json'];

  it('are one answer for each status, which names the codes', () => {
    expect(responses.map(({ status, description }) => [status, description])).toEqual([
      [400, '`invalid-request`'],
      [412, '`version-mismatch`'],
      [500, '`internal-error`'],
    ]);
  });

  it('have the example that the filter would answer with, of errors with one code that of the first', () => {
    const { correlationId, ...example } = problemsOf(400).examples['invalid-request'].value;
    expect(problemOf(errors[0], correlationId)).toEqual({ ...example, correlationId });
    expect(problemsOf(412).examples['version-mismatch'].value).toMatchObject({
      status: 412,
      actualVersion: 5,
    });
  });

  it('allow no other code and no other status', () => {
    expect(problemsOf(412).schema.allOf[1]).toMatchObject({
      required: ['type', 'status'],
      properties: { type: { enum: ['version-mismatch'] }, status: { enum: [412] } },
    });
  });

  it('say nothing of the inside', () => {
    expect(JSON.stringify(problemsOf(500))).not.toContain('TypeError');
  });

  it('come with when to try again, if that may help', () => {
    expect(headersOf([new NotCaughtUpError('user-profile', 42, 40)], true)).toEqual([
      ['X-Correlation-Id', 'Retry-After'],
    ]);
  });

  it('may be repeated ones, where a repeat gets the first answer and refusals are remembered', () => {
    const refusals = [new NotFoundException(), invalid('email')];
    expect(headersOf(refusals, true)).toEqual([
      ['X-Correlation-Id', 'Idempotent-Replayed'],
      ['X-Correlation-Id'],
    ]);
    expect(headersOf(refusals, false)).toEqual([['X-Correlation-Id'], ['X-Correlation-Id']]);
  });
});
