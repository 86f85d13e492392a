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
import type { EventMetadata } from './event/domain-event.js';
import { type ErrorKind, EventfoldError } from './errors.js';

/** The name of this library to a host's OpenTelemetry. */
const SCOPE = 'nest-eventfold';

/**
 * The host's tracer; undefined as long as it has registered no SDK. The API would hand out one that does nothing, but
 * not before attributes and spans were made for it.
 */
export function currentTracer(): Tracer | undefined {
  const provider: TracerProvider & Partial<ProxyTracerProvider> = trace.getTracerProvider();
  return provider.getDelegateTracer ? provider.getDelegateTracer(SCOPE) : provider.getTracer(SCOPE);
}

/** What a span starts with; made only where there is a tracer. */
export type Describe = () => { name: string; options?: SpanOptions; parent?: Context };

/** Does the work within a span, which ends with it and has its failure; without a tracer, just does it. */
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

/** Answers of the domain: the span tells of them, and is none that failed. */
const ANSWERS: ReadonlySet<ErrorKind> = new Set<ErrorKind>(['invalid', 'not-found', 'refused']);

export function recordFailure(span: Span, error: unknown): void {
  const failure = error instanceof Error ? error : new Error(String(error));
  span.recordException(failure);
  const isOurs = failure instanceof EventfoldError;
  span.setAttribute('error.type', isOurs ? failure.code : failure.name);
  if (isOurs && ANSWERS.has(failure.kind)) return;
  span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });
}

/** For the metadata of an event: the span that is active, as W3C Trace Context writes it; nothing where none is. */
export function activeTraceparent(): Pick<EventMetadata, 'traceparent'> | undefined {
  const active = trace.getSpanContext(context.active());
  if (active === undefined || !trace.isSpanContextValid(active)) return undefined;
  const flags = active.traceFlags.toString(16).padStart(2, '0');
  return { traceparent: `00-${active.traceId}-${active.spanId}-${flags}` };
}

/** The span in which an event was appended; undefined where none is known, or none was recorded. */
export function spanContextOf({ traceparent }: EventMetadata): SpanContext | undefined {
  const parts = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? '');
  if (parts === null) return undefined;
  const [, traceId, spanId, flags] = parts as unknown as [string, string, string, string];
  const spanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  const isRecorded = (spanContext.traceFlags & TraceFlags.SAMPLED) !== 0;
  return isRecorded && trace.isSpanContextValid(spanContext) ? spanContext : undefined;
}
