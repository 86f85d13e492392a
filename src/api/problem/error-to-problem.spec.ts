import { describe, expect, it } from '@jest/globals';
import {
  BadRequestException,
  HttpException,
  InternalServerErrorException,
  NotFoundException,
  PayloadTooLargeException,
} from '@nestjs/common';
import { DatabaseError } from 'pg';
import { QueryFailedError } from 'typeorm';
import {
  ConcurrencyError,
  type ErrorKind,
  EventfoldError,
  NotCaughtUpError,
  UnknownEventTypeError,
  UnknownSchemaVersionError,
  VersionMismatchError,
} from '../../event-sourcing/index.js';
import { InvalidRequest } from '../request/invalid-request.error.js';
import { problemOf } from './error-to-problem.js';

const PLACED = { type: 'order.merged', streamId: 'order-1', version: 2, position: 7 };

class Mishap extends EventfoldError {
  readonly code = 'mishap';

  constructor(readonly kind: ErrorKind) {
    super('What happened, in words.');
  }

  override get details() {
    return { cause: 'a fact' };
  }
}

describe('the problem of an error of ours', () => {
  it.each<[ErrorKind, number, string]>([
    ['invalid', 400, 'Bad request'],
    ['not-found', 404, 'Not found'],
    ['refused', 409, 'Conflict'],
    ['conflict', 409, 'Conflict'],
    ['unavailable', 503, 'Service unavailable'],
  ])('of kind %s has status %d, the code, the message and the details', (kind, status, title) => {
    expect(problemOf(new Mishap(kind), 'c-1')).toEqual({
      type: 'mishap',
      title,
      status,
      detail: 'What happened, in words.',
      correlationId: 'c-1',
      cause: 'a fact',
    });
  });

  it('that is broken is a defect, of which nothing gets out', () => {
    expect(problemOf(new Mishap('broken'), 'c-1')).toEqual(problemOf(new Error('secret'), 'c-1'));
  });

  it.each([
    ['type', new UnknownEventTypeError(PLACED)],
    ['shape', new UnknownSchemaVersionError(PLACED, 2, 1)],
  ])(
    'of an event whose %s only a newer build knows can be tried again, and says nothing of classes',
    (_, error) => {
      const { status, detail } = problemOf(error, 'c-1');
      expect({ status, detail }).toEqual({
        status: 503,
        detail: expect.stringMatching(
          /^Stream order-1 has events that a newer version.*Try again in a moment\.$/,
        ),
      });
    },
  );

  it('of an upcaster that is missing is a defect', () => {
    const error = new UnknownSchemaVersionError(PLACED, 1, 3);
    expect(problemOf(error, 'c-1')).toEqual(problemOf(new Error('secret'), 'c-1'));
  });

  it('is 412 for a version that the client itself named, and 409 for one that it did not', () => {
    const versions = { expectedVersion: 3, actualVersion: 5 };
    expect(problemOf(new VersionMismatchError('user-1', 3, 5), 'c')).toMatchObject({
      status: 412,
      type: 'version-mismatch',
      ...versions,
    });
    expect(problemOf(new ConcurrencyError('user-1', 3, 5), 'c')).toMatchObject({
      status: 409,
      type: 'version-conflict',
      ...versions,
    });
  });

  it('tells the lag of a projection that is not caught up', () => {
    expect(problemOf(new NotCaughtUpError('user-profile', 17, 12), 'c')).toMatchObject({
      status: 503,
      type: 'not-caught-up',
      lagEvents: 5,
    });
  });

  it('lists the fields of an invalid request', () => {
    const errors = [{ path: 'email', message: 'email must be an email' }];
    expect(problemOf(new InvalidRequest(errors), 'c')).toMatchObject({
      status: 400,
      type: 'invalid-request',
      errors,
    });
  });
});

describe('the problem of an error of others', () => {
  const sqlState = (code: string) =>
    new QueryFailedError(
      'select secret',
      ['secret'],
      Object.assign(new DatabaseError('secret', 1, 'error'), { code }),
    );

  it.each([
    ['a database that shuts down', sqlState('57P01')],
    ['a statement timeout', sqlState('57014')],
    ['a database that is not there', Object.assign(new Error('secret'), { code: 'ECONNREFUSED' })],
  ])('is 503 for %s', (_what, error) => {
    const problem = problemOf(error, 'c-1');
    expect(problem).toMatchObject({ status: 503, type: 'database-unavailable', correlationId: 'c-1' });
    expect(JSON.stringify(problem)).not.toContain('secret');
  });

  it.each([
    ['a TypeError', new TypeError('secret')],
    ['a constraint of the database', sqlState('23505')],
    ["Nest's own 500", new InternalServerErrorException('secret')],
    ['an error with a status of 500', Object.assign(new Error('secret'), { status: 500 })],
    ['an error with a status that is no number', Object.assign(new Error('secret'), { status: '404' })],
    ['a thrown text', 'secret'],
    ['a thrown null', null],
    ['a thrown undefined', undefined],
  ])('is 500 without a word of the inside for %s', (_what, error) => {
    expect(problemOf(error, 'c-1')).toEqual({
      type: 'internal-error',
      title: 'Internal server error',
      status: 500,
      detail: 'Something is wrong on our side. Quote the correlation id when you report it.',
      correlationId: 'c-1',
    });
  });

  it.each([
    [new NotFoundException('Cannot GET /nowhere'), 404, 'not-found', 'Not found'],
    [new BadRequestException('Unexpected token'), 400, 'bad-request', 'Bad request'],
    [new PayloadTooLargeException('too large'), 413, 'payload-too-large', 'Payload too large'],
    [new HttpException('slow down', 429), 429, 'too-many-requests', 'Too many requests'],
    [
      Object.assign(new Error('Unsupported Media Type'), {
        code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE',
        statusCode: 415,
      }),
      415,
      'unsupported-media-type',
      'Unsupported media type',
    ],
    [
      Object.assign(new Error('bad JSON'), { expose: true, statusCode: 400 }),
      400,
      'bad-request',
      'Bad request',
    ],
  ])('keeps the status of a client error: %s', (error, status, type, title) => {
    expect(problemOf(error, 'c-1')).toEqual({
      type,
      title,
      status,
      detail: error.message,
      correlationId: 'c-1',
    });
  });
});

describe('what a ValidationPipe of the application refuses', () => {
  const pipes = (message: unknown, status = 400) =>
    problemOf(new HttpException({ message, error: 'Bad Request', statusCode: status }, status), 'c-1');

  it.each([400, 422])('with %i is an invalid request, by field', (status) => {
    const messages = [
      'limit must not be greater than 200',
      'property more should not exist',
      'each value in preferences must be a string',
      'items.0.name should not be empty',
      'Please give a name',
    ];
    const { status: answered, type, errors } = pipes(messages, status);
    expect({ answered, type }).toEqual({ answered: 400, type: 'invalid-request' });
    expect(errors).toEqual(
      ['limit', 'more', 'preferences', 'items.0.name', ''].map((path, index) => ({
        path,
        message: messages[index],
      })),
    );
  });

  it('is a bad request where it tells no faults', () => {
    expect(pipes('Bad Request')).toMatchObject({ status: 400, type: 'bad-request' });
    expect(pipes([], 400)).toMatchObject({ status: 400, type: 'bad-request' });
    expect(pipes(['gone'], 410)).toMatchObject({ status: 410, type: 'gone' });
  });
});
