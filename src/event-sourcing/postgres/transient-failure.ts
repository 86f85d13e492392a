import { types } from 'node:util';
import { EventfoldError } from '../errors.js';
import { driverErrorOf, sqlStateOf } from './sql-state.js';

/**
 * SQLSTATE classes and codes of failures that pass, whatever the event is: connection, database, resources, operator,
 * transaction conflicts, a lock or a statement that took too long, a server that is read-only for now. 25P02 is not
 * among them: code that swallows an error aborts the transaction, and does so again with the same event.
 */
const TRANSIENT = /^(08|3D|53|57|58|40)|^55P03$|^25P0[34]$|^25006$/;

/** Errors of the socket and of `pg` itself, which have no SQLSTATE. */
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
 * SQLSTATE codes of a deployment under way: a schema, table, type, column, function or right does not exist yet, or
 * does not exist any more. A missing column `count` shows as a wrong grouping: PostgreSQL takes `row.count` for the
 * aggregate then.
 */
const OF_DEPLOYMENT = /^(3F000|42P01|42703|42803|42704|42883|42501)$/;

/** Messages of `pg` and TypeORM without a code. The last two mean that a connection was lost within a transaction. */
const SAID_IN_WORDS = new RegExp(
  `^(${[
    'Connection terminated',
    'timeout exceeded when trying to connect',
    'timeout expired',
    'Client was closed',
    'Client has encountered',
    'Query read timeout',
    'Cannot use a pool after calling end',
    'Driver not Connected',
    'Query runner already released',
    'Database connection provided by a query runner was already released',
  ].join('|')})`,
);

/**
 * Whether another try can help, whatever the events are. It covers the database, sockets, and errors with the `kind`
 * `unavailable`.
 */
export function isTransient(error: unknown): boolean {
  return withCauses(error).some(isTransientItself);
}

/** Whether the database and the build do not fit together now, as in the middle of a deployment. */
export function isOfDeployment(error: unknown): boolean {
  return withCauses(error).some((cause) => OF_DEPLOYMENT.test(sqlStateOf(cause) ?? ''));
}

/** Whether the failure passes with time or an operator's act, and is not caused by the events. */
export const isToBeWaitedFor = (error: unknown): boolean => isTransient(error) || isOfDeployment(error);

/** An error, its causes, and the errors it gathers: only there does a failed `fetch` name its socket. */
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
  const cause = driverErrorOf(error);
  // `instanceof Error` would miss an error of another realm.
  if (!types.isNativeError(cause) && !(cause instanceof DOMException)) return false;
  const { code, syscall, name, message } = cause as NodeJS.ErrnoException;
  // A Unix socket that does not exist yet. Any other missing file is the caller's matter.
  if (code === 'ENOENT') return syscall === 'connect';
  return SOCKET.has(code ?? '') || isTimeout(name, code) || SAID_IN_WORDS.test(message);
}

/** A timeout of `AbortSignal.timeout`, or of Node's `fetch`. */
const isTimeout = (name: string, code: unknown) =>
  name === 'TimeoutError' || (typeof code === 'string' && /^UND_ERR_(\w+_TIMEOUT|SOCKET)$/.test(code));
