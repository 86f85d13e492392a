/**
 * Errors of the database are recognized by their fields, never by their class. An application may have a second copy of
 * `pg` or of TypeORM, whose errors have other classes.
 */

/** Five letters or digits. The codes of Node.js, such as `EPIPE`, begin with an E, and no class of SQLSTATE does. */
const SQL_STATE = /^[0-9A-DF-Z][0-9A-Z]{4}$/;

/** `lock_not_available`: a statement waited for a lock in vain. */
export const LOCK_NOT_AVAILABLE = '55P03';

/**
 * `read_only_sql_transaction`. A server that is no primary any more answers so, and the connection to it never serves
 * again: the next one may lead to the new primary.
 */
export const READ_ONLY = '25006';

/** The error that TypeORM wraps, or the error itself. */
export function driverErrorOf(error: unknown): unknown {
  return has(error, 'driverError') ? error.driverError : error;
}

/** The SQLSTATE with which PostgreSQL refused a statement; undefined for any other error. */
export function sqlStateOf(error: unknown): string | undefined {
  const cause = driverErrorOf(error);
  if (!has(cause, 'code') || typeof cause.code !== 'string') return undefined;
  return SQL_STATE.test(cause.code) ? cause.code : undefined;
}

/** Whether a statement failed: PostgreSQL refused it, or TypeORM could not send it. */
export const isStatementFailure = (error: unknown): error is Error =>
  has(error, 'driverError') || sqlStateOf(error) !== undefined;

const has = <Key extends string>(value: unknown, key: Key): value is Record<Key, unknown> =>
  typeof value === 'object' && value !== null && key in value;
