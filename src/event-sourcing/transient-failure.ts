import { types } from 'node:util';
import { EventfoldError } from './errors.js';
import { driverErrorOf, sqlStateOf } from './postgres/sql-state.js';

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
  'ENOENT',
]);

/** What `pg` and TypeORM say in words alone, without a code. The last two: a connection was lost within a transaction. */
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
 * Whether trying the same thing again later can help, whatever the events are: of the database and of sockets, and of
 * errors that say so themselves (`kind` is `unavailable`).
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof EventfoldError) return error.kind === 'unavailable';
  const state = sqlStateOf(error);
  if (state !== undefined) return TRANSIENT.test(state);
  const cause = driverErrorOf(error);
  // Not `instanceof Error`: an error of Node's own sockets is none in another realm, such as Jest's.
  if (!types.isNativeError(cause)) return false;
  const { code } = cause as NodeJS.ErrnoException;
  return SOCKET.has(code ?? '') || SAID_IN_WORDS.test(cause.message);
}
