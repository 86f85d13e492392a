import { HttpException, HttpStatus } from '@nestjs/common';
import { STATUS_CODES } from 'node:http';
import { type ErrorKind, EventfoldError, isTransient } from '../../event-sourcing/index.js';
import { faultsOfPipe } from '../request/faults-of-pipe.js';
import { InvalidRequest } from '../request/invalid-request.error.js';

/** The answer to an error: problem details of RFC 9457. */
export interface Problem {
  /** The stable code, which clients switch on. */
  type: string;
  title: string;
  status: number;
  detail: string;
  correlationId: string;
  [member: string]: unknown;
}

const STATUS_OF_KIND: Record<ErrorKind, HttpStatus> = {
  invalid: HttpStatus.BAD_REQUEST,
  'not-found': HttpStatus.NOT_FOUND,
  refused: HttpStatus.CONFLICT,
  conflict: HttpStatus.CONFLICT,
  unavailable: HttpStatus.SERVICE_UNAVAILABLE,
  broken: HttpStatus.INTERNAL_SERVER_ERROR,
};

/** Codes with a more exact status than that of their kind. */
const STATUS_OF_CODE: Record<string, HttpStatus> = {
  'version-mismatch': HttpStatus.PRECONDITION_FAILED,
  'idempotency-key-reused': HttpStatus.UNPROCESSABLE_ENTITY,
  'user.erased': HttpStatus.GONE,
  unauthenticated: HttpStatus.UNAUTHORIZED,
  forbidden: HttpStatus.FORBIDDEN,
  'cross-site': HttpStatus.FORBIDDEN,
  'foreign-host': HttpStatus.FORBIDDEN,
  'rate-limited': HttpStatus.TOO_MANY_REQUESTS,
};

/** The one place where an error becomes an HTTP status. A 5xx shows no internals. */
export function problemOf(error: unknown, correlationId: string): Problem {
  if (error instanceof EventfoldError) return ofEventfold(error, correlationId);
  if (isTransient(error)) return ofDatabaseAway(correlationId);
  const invalid = invalidRequestOf(error);
  if (invalid !== undefined) return ofEventfold(invalid, correlationId);
  const status = clientErrorStatus(error);
  if (status !== undefined) {
    const title = titleOf(status);
    return { type: slug(title), title, status, detail: (error as Error).message, correlationId };
  }
  return ofDefect(correlationId);
}

function ofEventfold(error: EventfoldError, correlationId: string): Problem {
  const status = STATUS_OF_CODE[error.code] ?? STATUS_OF_KIND[error.kind];
  if (status === HttpStatus.INTERNAL_SERVER_ERROR) return ofDefect(correlationId);
  const { code, detail, details } = error;
  return { type: code, title: titleOf(status), status, detail, correlationId, ...details };
}

function ofDatabaseAway(correlationId: string): Problem {
  const status = HttpStatus.SERVICE_UNAVAILABLE;
  const detail = 'The database does not answer at the moment. Try again.';
  return { type: 'database-unavailable', title: titleOf(status), status, detail, correlationId };
}

function ofDefect(correlationId: string): Problem {
  const status = HttpStatus.INTERNAL_SERVER_ERROR;
  const detail = 'Something is wrong on our side. Quote the correlation id when you report it.';
  return { type: 'internal-error', title: titleOf(status), status, detail, correlationId };
}

/** The errors of a pipe of the application, such as its `ValidationPipe`. */
function invalidRequestOf(error: unknown): InvalidRequest | undefined {
  if (!(error instanceof HttpException) || !OF_VALIDATION.has(error.getStatus())) return undefined;
  const faults = faultsOfPipe(error.getResponse());
  return faults.length === 0 ? undefined : new InvalidRequest(faults);
}

const OF_VALIDATION = new Set<number>([HttpStatus.BAD_REQUEST, HttpStatus.UNPROCESSABLE_ENTITY]);

/**
 * The status of Nest's exceptions, and of errors of Fastify (`FST_...`) and of Express' body parser (`expose`) about
 * bodies that they cannot read.
 */
function clientErrorStatus(error: unknown): number | undefined {
  const status = error instanceof HttpException ? error.getStatus() : statusByAdapter(error);
  return status !== undefined && status >= 400 && status < 500 ? status : undefined;
}

function statusByAdapter(error: unknown): number | undefined {
  const { code, expose, statusCode } = (error ?? {}) as {
    code?: unknown;
    expose?: unknown;
    statusCode?: unknown;
  };
  const isAdapters = expose === true || (typeof code === 'string' && code.startsWith('FST_'));
  return isAdapters && typeof statusCode === 'number' ? statusCode : undefined;
}

function titleOf(status: number): string {
  const words = (HttpStatus[status] ?? STATUS_CODES[status] ?? 'error').toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const slug = (title: string) => title.toLowerCase().replaceAll(' ', '-');
