import { types } from 'node:util';
import { DatabaseError } from 'pg';
import {
  QueryFailedError,
  QueryRunnerAlreadyReleasedError,
  QueryRunnerProviderAlreadyReleasedError,
} from 'typeorm';
import { EventfoldError } from './errors.js';

/**
 * SQLSTATE classes and codes that say something of the moment, nothing of the event: connection, database, resources,
 * operator, transaction conflicts, a lock or a statement that took too long, a server that only reads for now.
 */
const TRANSIENT = /^(08|3D|53|57|58|40)|^55P03$|^25P0[234]$|^25006$/;

/** Errors of the socket, and of `pg` itself, which carry no SQLSTATE. */
const SOCKET = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNABORTED',
]);

/**
 * SQLSTATE codes of a deployment under way: a schema, table, column, function or right that is not there yet, or not any
 * more.
 */
const OF_DEPLOYMENT = /^(3F000|42P01|42703|42883|42501)$/;

/** What `pg` says in words alone, without a code. */
const SAID_BY_PG =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client was closed|Client has encountered|Query read timeout)/;

/**
 * Whether trying the same thing again later can help, whatever the events are: of the database and of sockets, and of
 * errors that say so themselves (`kind` is `unavailable`).
 */
export function isTransient(error: unknown): boolean {
  return withCauses(error).some(isTransientItself);
}

/** Whether the database and the build do not fit together now, as in the middle of a deployment. */
export function isOfDeployment(error: unknown): boolean {
  return withCauses(error).some((cause) => OF_DEPLOYMENT.test(sqlStateOf(cause) ?? ''));
}

/** Whether PostgreSQL said that. */
export const hasSqlState = (error: unknown, sqlState: string): boolean => sqlStateOf(error) === sqlState;

/** Whether it says something of now, and nothing of the events: time, or somebody else, mends it. */
export const isToBeWaitedFor = (error: unknown): boolean => isTransient(error) || isOfDeployment(error);

/** An error, what it was caused by, and what it gathers: a failed `fetch` names its socket no other way. */
function withCauses(error: unknown, depth = 5): unknown[] {
  if (typeof error !== 'object' || error === null || depth === 0) return [error];
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  const causes = [...(cause === undefined ? [] : [cause]), ...(Array.isArray(errors) ? errors : [])];
  return [error, ...causes.flatMap((each) => withCauses(each, depth - 1))];
}

function isTransientItself(error: unknown): boolean {
  if (error instanceof EventfoldError) return error.kind === 'unavailable';
  const sqlState = sqlStateOf(error);
  if (sqlState !== undefined) return TRANSIENT.test(sqlState);
  if (error instanceof QueryFailedError) return isTransientItself(error.driverError);
  // Not `instanceof Error`: an error of another realm is none.
  if (!types.isNativeError(error) && !isDomException(error)) return false;
  // What TypeORM says when its connection was lost between two statements of a transaction.
  if (
    error instanceof QueryRunnerAlreadyReleasedError ||
    error instanceof QueryRunnerProviderAlreadyReleasedError
  ) {
    return true;
  }
  const { code, syscall, name, message } = error as NodeJS.ErrnoException;
  // A Unix socket that is not there yet; any other file is the caller's own.
  if (code === 'ENOENT') return syscall === 'connect';
  return SOCKET.has(code ?? '') || isTimeout(name, code) || SAID_BY_PG.test(message);
}

const sqlStateOf = (error: unknown): string | undefined => {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  return cause instanceof DatabaseError ? cause.code : undefined;
};

/** Of `AbortSignal.timeout`, and of Node's `fetch`. */
const isTimeout = (name: string, code: unknown) =>
  name === 'TimeoutError' || (typeof code === 'string' && /^UND_ERR_(\w+_TIMEOUT|SOCKET)$/.test(code));

const isDomException = (error: unknown): error is DOMException => error instanceof DOMException;
