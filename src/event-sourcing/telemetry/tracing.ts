import {
  type Context,
  context,
  type ProxyTracerProvider,
  type Span,
  type SpanContext,
  type SpanOptions,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import type { EventMetadata } from '../event/domain-event.js';
import { type ErrorKind, EventfoldError } from '../errors.js';

/** The name of this library in a host's OpenTelemetry. */
const SCOPE = 'nest-eventfold';

/**
 * The host's tracer; undefined until the host registers an SDK. The API's own tracer does nothing, but attributes and
 * spans would be made for it.
 */
export function currentTracer(): Tracer | undefined {
  const provider: TracerProvider & Partial<ProxyTracerProvider> = trace.getTracerProvider();
  return provider.getDelegateTracer ? provider.getDelegateTracer(SCOPE) : provider.getTracer(SCOPE);
}

/** Describes a span; called only when there is a tracer. */
export type Describe = () => { name: string; options?: SpanOptions; parent?: Context };

/** Runs work inside a span, which ends with it and records its failure. Without a tracer it just runs the work. */
export function inSpan<Result>(describe: Describe, work: (span?: Span) => Promise<Result>): Promise<Result> {
  const tracer = currentTracer();
  return tracer === undefined ? work() : traced(tracer, describe, work);
}

async function traced<Result>(
  tracer: Tracer,
  describe: Describe,
  work: (span: Span) => Promise<Result>,
): Promise<Result> {
  const { name, options, parent = context.active() } = describe();
  const span = tracer.startSpan(name, options, parent);
  try {
    return await context.with(trace.setSpan(parent, span), () => work(span));
  } catch (error) {
    recordFailure(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** Kinds of errors that are answers of the domain: the span records them, but counts as successful. */
const ANSWERS: ReadonlySet<ErrorKind> = new Set<ErrorKind>(['invalid', 'not-found', 'refused']);

export function recordFailure(span: Span, error: unknown): void {
  const failure = error instanceof Error ? error : new Error(String(error));
  span.recordException(failure);
  const isOurs = failure instanceof EventfoldError;
  span.setAttribute('error.type', isOurs ? failure.code : failure.name);
  if (isOurs && ANSWERS.has(failure.kind)) return;
  span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });
}

/** The active span for the metadata of an event, in the format of W3C Trace Context; undefined when there is none. */
export function activeTraceparent(): Pick<EventMetadata, 'traceparent'> | undefined {
  const active = trace.getSpanContext(context.active());
  if (active === undefined || !trace.isSpanContextValid(active)) return undefined;
  const flags = active.traceFlags.toString(16).padStart(2, '0');
  return { traceparent: `00-${active.traceId}-${active.spanId}-${flags}` };
}

/** The span in which an event was appended; undefined when it is unknown or was not recorded. */
export function spanContextOf({ traceparent }: EventMetadata): SpanContext | undefined {
  const parts = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? '');
  if (parts === null) return undefined;
  const [, traceId, spanId, flags] = parts as unknown as [string, string, string, string];
  const spanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  const isRecorded = (spanContext.traceFlags & TraceFlags.SAMPLED) !== 0;
  return isRecorded && trace.isSpanContextValid(spanContext) ? spanContext : undefined;
}
