import { type Context, context, propagation, trace } from '@opentelemetry/api';
import type { HttpRequest } from './correlation.js';

/** The context of OpenTelemetry of a request: the application's own, or else that of the client's headers. */
export function traceParentOf({ headers }: HttpRequest): Context {
  const active = context.active();
  return trace.getSpan(active) === undefined ? propagation.extract(active, headers) : active;
}
