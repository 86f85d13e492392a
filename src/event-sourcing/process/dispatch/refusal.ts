import { inspect } from 'node:util';
import { EventfoldError, type ErrorKind } from '../../errors.js';
import { ConcurrencyError } from '../../log/append/append-errors.js';
import { storableText } from '../../event/storable-value.js';
import type { RefusedCommand } from '../declare/process-events.js';

export type Refusal = Pick<RefusedCommand, 'kind' | 'code' | 'message' | 'details'>;

/** The longest text of a refusal, in characters. */
const MESSAGE = 10_000;

/** Another try of the same command would end alike. */
const REFUSALS: ReadonlySet<ErrorKind> = new Set<ErrorKind>(['invalid', 'not-found', 'refused', 'conflict']);

/** Statuses of Nest's `HttpException` after which the same command may succeed: a time-out, too early, too many. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * The refusal that an error of a command handler is; undefined for a failure, after which the command is tried again. A
 * version conflict is a failure: the aggregate had other commands at that moment.
 */
export function refusalOf(error: unknown): Refusal | undefined {
  const refusal = error instanceof EventfoldError ? ofEventfold(error) : ofHttp(error);
  return refusal && storable(refusal);
}

/** A refusal becomes an input, so the log must take whatever its error says: it may quote what a user has sent. */
function storable({ kind, code, message, details }: Refusal): Refusal {
  return { kind, code, message: storableText(message, MESSAGE), details: storableDetails(details) };
}

/** As JSON has them. What JSON or PostgreSQL cannot tell comes as text. */
function storableDetails(details: Refusal['details']): Refusal['details'] {
  const text = (value: string) => storableText(value, MESSAGE);
  const known = (_: string, value: unknown): unknown => {
    if (typeof value === 'string') return text(value);
    if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
  };
  try {
    return JSON.parse(JSON.stringify(details, known)) as Refusal['details'];
  } catch {
    return { details: text(inspect(details)) }; // such as a circle
  }
}

function ofEventfold(error: EventfoldError): Refusal | undefined {
  const { kind, code, message, details } = error;
  if (!REFUSALS.has(kind) || error instanceof ConcurrencyError) return undefined;
  return { kind, code, message, details };
}

/** A command handler of a host may throw Nest's exceptions for HTTP. */
function ofHttp(error: unknown): Refusal | undefined {
  const { getStatus, message } = (error ?? {}) as { getStatus?: unknown; message: string };
  if (typeof getStatus !== 'function') return undefined;
  const status = getStatus.call(error) as number;
  if (!(status >= 400 && status < 500) || PASSING.has(status)) return undefined;
  const kind = status === 404 ? 'not-found' : status === 400 || status === 422 ? 'invalid' : 'refused';
  return { kind, code: `http-${status}`, message, details: {} };
}
