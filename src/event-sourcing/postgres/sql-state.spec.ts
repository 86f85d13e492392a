import { describe, expect, it } from '@jest/globals';
import { isStatementFailure, sqlStateOf } from './sql-state.js';

/** An error of a second copy of `pg`, or of `pg-native`: no class of this process. */
const foreign = (code: string) => Object.assign(new Error('refused'), { code, severity: 'ERROR' });
/** The same error, wrapped by a second copy of TypeORM. */
const wrapped = (driverError: unknown) => Object.assign(new Error('refused'), { driverError });

describe('an error of the database', () => {
  it.each(['23505', '40001', '57P01', 'P0001', 'HV000', 'XX000', 'U0001'])(
    'is known by its SQLSTATE %s, whichever copy of pg and TypeORM threw it',
    (code) => {
      expect(sqlStateOf(foreign(code))).toBe(code);
      expect(sqlStateOf(wrapped(foreign(code)))).toBe(code);
      expect(isStatementFailure(wrapped(foreign(code)))).toBe(true);
    },
  );

  it.each(['EPIPE', 'EPERM', 'ECONNREFUSED', 'ERR_ASSERTION', ''])(
    'is not one of Node with code %s',
    (code) => {
      expect(sqlStateOf(foreign(code))).toBeUndefined();
    },
  );

  it.each([undefined, null, '23505', 5, {}, { code: 23505 }])('is not %j', (thrown) => {
    expect(sqlStateOf(thrown)).toBeUndefined();
    expect(isStatementFailure(thrown)).toBe(false);
  });

  it('may have no SQLSTATE: what TypeORM could not send', () => {
    expect(isStatementFailure(wrapped(new TypeError('circular')))).toBe(true);
  });
});
