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
  'ENOENT',
]);

/** What `pg` says in words alone, without a code. */
const SAID_BY_PG =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client was closed|Client has encountered|Query read timeout)/;

/**
 * Whether trying the same thing again later can help, whatever the events are: of the database and of sockets, and of
 * errors that say so themselves (`kind` is `unavailable`).
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof EventfoldError) return error.kind === 'unavailable';
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  if (cause instanceof DatabaseError) return TRANSIENT.test(cause.code ?? '');
  // Not `instanceof Error`: an error of Node's own sockets is none in another realm, such as Jest's.
  if (!types.isNativeError(cause)) return false;
  // What TypeORM says when its connection was lost between two statements of a transaction.
  if (
    cause instanceof QueryRunnerAlreadyReleasedError ||
    cause instanceof QueryRunnerProviderAlreadyReleasedError
  ) {
    return true;
  }
  const { code } = cause as NodeJS.ErrnoException;
  return SOCKET.has(code ?? '') || SAID_BY_PG.test(cause.message);
}
