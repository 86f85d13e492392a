import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { HttpRequest } from './correlation.js';
import { InvalidRequest } from './invalid-request.error.js';

/** Marks an answer that repeats the first one. */
export const REPLAYED_HEADER = 'Idempotent-Replayed';

/** The version of `If-Match: "3"`, or undefined without the header. */
export const IfMatch = createParamDecorator((_: unknown, execution: ExecutionContext) =>
  parseHeader(execution, 'If-Match', /^"(\d{1,10})"$/, 'must be one version in quotes, e.g. "3"'),
);

/** The position of `Read-After: 42`, or undefined without the header. */
export const ReadAfter = createParamDecorator((_: unknown, execution: ExecutionContext) =>
  readAfterOf(execution),
);

/** @throws InvalidRequest when the header is no position */
export const readAfterOf = (execution: ExecutionContext): number | undefined =>
  parseHeader(execution, 'Read-After', /^(\d{1,15})$/, 'must be a position, i.e. a whole number from 0 on');

/** The later of two positions that a query waits for. */
export const later = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);

/** The position of `Last-Event-ID: 42`, or undefined without the header. @throws InvalidRequest */
export const lastEventIdOf = (execution: ExecutionContext): number | undefined =>
  parseHeader(execution, 'Last-Event-ID', /^(\d{1,15})$/, 'must be a position, i.e. a whole number from 0 on');

/** Whether the request has `Personal-Data: masked`. @throws InvalidRequest for a value that the header does not have */
export function isPersonalDataMasked(execution: ExecutionContext): boolean {
  const name = 'Personal-Data';
  const value = execution.switchToHttp().getRequest<HttpRequest>().headers[name.toLowerCase()] ?? 'shown';
  if (value === 'masked' || value === 'shown') return value === 'masked';
  throw new InvalidRequest([{ path: name, message: `${name} must be masked or shown` }]);
}

function parseHeader(
  execution: ExecutionContext,
  name: string,
  form: RegExp,
  rule: string,
): number | undefined {
  const value = execution.switchToHttp().getRequest<HttpRequest>().headers[name.toLowerCase()];
  if (value === undefined) return undefined;
  const match = form.exec(String(value));
  if (match === null) throw new InvalidRequest([{ path: name, message: `${name} ${rule}` }]);
  return Number(match[1]);
}
