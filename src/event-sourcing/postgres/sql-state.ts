/**
 * Errors of the database are told by what they carry, never by their class: an application may have a second copy of
 * `pg` or of TypeORM, and its errors are of other classes.
 */

/**
 * Five letters or figures; those of Node's own errors, such as `EPIPE`, begin with an E, and no class of SQLSTATE does.
 */
const SQL_STATE = /^[0-9A-DF-Z][0-9A-Z]{4}$/;

/** The SQLSTATE of a lock that was waited for in vain. */
export const LOCK_NOT_AVAILABLE = '55P03';

/** What TypeORM wraps, or the error itself. */
export function driverErrorOf(error: unknown): unknown {
  return has(error, 'driverError') ? error.driverError : error;
}

/** The SQLSTATE with which PostgreSQL refused a statement; undefined of any other error. */
export function sqlStateOf(error: unknown): string | undefined {
  const cause = driverErrorOf(error);
  if (!has(cause, 'code') || typeof cause.code !== 'string') return undefined;
  return SQL_STATE.test(cause.code) ? cause.code : undefined;
}

/** Whether a statement failed: PostgreSQL refused it, or TypeORM could not bring it there. */
export const isStatementFailure = (error: unknown): error is Error =>
  has(error, 'driverError') || sqlStateOf(error) !== undefined;

const has = <Key extends string>(value: unknown, key: Key): value is Record<Key, unknown> =>
  typeof value === 'object' && value !== null && key in value;
