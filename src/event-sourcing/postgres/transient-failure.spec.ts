import { describe, expect, it } from '@jest/globals';
import { runInNewContext } from 'node:vm';
import { DatabaseError } from 'pg';
import { QueryFailedError } from 'typeorm';
import { NotCaughtUpError } from '../projection/projection-errors.js';
import { UnexpectedEventError } from '../aggregate/aggregate-errors.js';
import { UnknownEventTypeError } from '../event/event-errors.js';
import { isOfDeployment, isTransient } from './transient-failure.js';

const withState = (code: string) =>
  Object.assign(new DatabaseError('what the database says', 1, 'error'), { code });
const withCode = (code: string) => Object.assign(new Error(`connect ${code} 127.0.0.1:5432`), { code });

const EVENT = { type: 'order.merged', streamId: 'order-1', version: 1, position: 1 };

describe('a failure of the moment', () => {
  it.each([
    ['a connection that broke', '08006'],
    ['too many connections', '53300'],
    ['a full disk', '53100'],
    ['a shutdown of the server', '57P01'],
    ['a server that is starting', '57P03'],
    ['a statement timeout', '57014'],
    ['a read error of the operating system', '58030'],
    ['a serialization failure', '40001'],
    ['a deadlock', '40P01'],
    ['a lock timeout', '55P03'],
    ['a transaction that was idle for too long', '25P03'],
  ])('is %s (%s), bare or in the error of TypeORM', (_what, code) => {
    expect(isTransient(withState(code))).toBe(true);
    expect(isTransient(new QueryFailedError('select 1', [], withState(code)))).toBe(true);
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'])(
    'is a socket that says %s',
    (code) => {
      expect(isTransient(withCode(code))).toBe(true);
      expect(isTransient(new QueryFailedError('select 1', [], withCode(code)))).toBe(true);
    },
  );

  it('is a socket of another realm, as of Node itself in a test of Jest', () => {
    const error = Object.assign(runInNewContext('new Error("read ECONNRESET")'), { code: 'ECONNRESET' });
    expect(error).not.toBeInstanceOf(Error);
    expect(isTransient(error)).toBe(true);
  });

  it.each([
    'Connection terminated',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'timeout expired',
    'Client has encountered a connection error and is not queryable',
  ])('is what pg says in words: %s', (message) => {
    expect(isTransient(new Error(message))).toBe(true);
  });

  it.each([
    ['a transaction timeout of PostgreSQL 17', withState('25P04')],
    ['a host that cannot be reached', withCode('EHOSTUNREACH')],
    ['a client that was closed', new Error('Client was closed and is not queryable')],
    ['a query that pg gave up on', new Error('Query read timeout')],
    ['a Unix socket that is not there', Object.assign(withCode('ENOENT'), { syscall: 'connect' })],
    [
      'a fetch that names its socket as the cause',
      new TypeError('fetch failed', { cause: withCode('ECONNREFUSED') }),
    ],
    ['one of several addresses', new AggregateError([withCode('EHOSTUNREACH'), withCode('ECONNREFUSED')])],
    [
      'the time limit of a fetch',
      new DOMException('The operation was aborted due to timeout', 'TimeoutError'),
    ],
    [
      'the time limit of a connection',
      new TypeError('fetch failed', { cause: withCode('UND_ERR_CONNECT_TIMEOUT') }),
    ],
    ['a projection that is behind', new NotCaughtUpError('tally', 3, 1)],
    ['an event of a newer build', new UnknownEventTypeError(EVENT)],
  ])('is %s', (_what, error) => {
    expect(isTransient(error)).toBe(true);
  });
});

describe('a failure of a deployment', () => {
  it.each(['3F000', '42P01', '42703', '42803', '42704', '42883', '42501'])(
    'is %s, until what is missing is there',
    (code) => {
      expect(isOfDeployment(new QueryFailedError('select 1', [], withState(code)))).toBe(true);
      expect(isTransient(withState(code))).toBe(false);
    },
  );

  it.each(['23505', '22P02', '42601'])('is not %s', (code) => {
    expect(isOfDeployment(withState(code))).toBe(false);
  });
});

describe('a failure for good', () => {
  it.each([
    ['a violated constraint', '23505'],
    ['a null where none may be', '23502'],
    ['a value that is no timestamp', '22007'],
    ['a table that is missing', '42P01'],
    ['a right that is missing', '42501'],
    ['an exception of a function', 'P0001'],
  ])('is %s (%s)', (_what, code) => {
    expect(isTransient(withState(code))).toBe(false);
    expect(isTransient(new QueryFailedError('select 1', [], withState(code)))).toBe(false);
  });

  it.each([
    ['an event in the wrong stream', new UnexpectedEventError(EVENT, 'Order')],
    ['a defect', new TypeError('undefined is not a function')],
    ['an error that only mentions a connection', new Error('No Connection terminated here')],
    ['an error with a code of something else', withCode('ERR_INVALID_ARG_TYPE')],
    ['an error of the database without a code', new DatabaseError('?', 1, 'error')],
    ['a file that is not there', Object.assign(withCode('ENOENT'), { syscall: 'open' })],
    ['a request that somebody gave up', new DOMException('This operation was aborted', 'AbortError')],
    ['a thrown text', 'ECONNREFUSED'],
    ['nothing', undefined],
  ])('is %s', (_what, error) => {
    expect(isTransient(error)).toBe(false);
  });
});
