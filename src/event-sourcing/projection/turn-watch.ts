import { context, type Link, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import type { DomainEvent, Recorded } from '../domain-event.js';
import type { Telemetry } from '../telemetry.js';
import { currentTracer, recordFailure, spanContextOf } from '../tracing.js';
import type { Share } from './build.js';

/** Links of a turn's span at most: a turn of a backlog has thousands of events. */
const MAX_LINKS = 32;

/**
 * Measures one turn, and traces it where the host traces. A turn that finds nothing new, as an idle projection has two a
 * second, is told to nobody.
 *
 * Its span is the root of a trace of its own, linked to the spans in which the events were appended: a turn has many
 * causes, and none of them waits for it.
 */
export class TurnWatch {
  private readonly startedAt = performance.now();
  private folds = false;
  private events = 0;
  private span: Span | undefined;
  private readonly linked = new Set<string>();

  constructor(
    private readonly share: Share,
    private readonly telemetry: Telemetry,
  ) {}

  /** Does the part of the turn that folds events. */
  folding<Result>(work: () => Promise<Result>): Promise<Result> {
    this.folds = true;
    const tracer = currentTracer();
    if (tracer === undefined) return work();
    const { folding, build, partition } = this.share;
    this.span = tracer.startSpan(
      `turn ${folding.name}`,
      {
        kind: SpanKind.CONSUMER,
        startTime: this.startedAt,
        attributes: {
          'messaging.system': 'eventfold',
          'messaging.operation.name': 'turn',
          'messaging.operation.type': 'process',
          'messaging.consumer.group.name': folding.name,
          'eventfold.projection.name': folding.name,
          'eventfold.projection.build': build,
          'eventfold.projection.partition': partition,
        },
      },
      ROOT_CONTEXT,
    );
    return context.with(trace.setSpan(context.active(), this.span), work);
  }

  /** Of a page of events that are about to be folded. */
  readonly met = (events: readonly Recorded<DomainEvent>[]): void => {
    this.events += events.length;
    if (this.span === undefined) return;
    for (const { metadata } of events) {
      if (this.linked.size === MAX_LINKS) return;
      const cause = spanContextOf(metadata);
      if (cause === undefined || this.linked.has(cause.spanId)) continue;
      this.linked.add(cause.spanId);
      this.span.addLink({ context: cause } satisfies Link);
    }
  };

  /** The turn is committed. */
  committed(position: number): void {
    if (!this.folds) return;
    this.telemetry.turnFolded(this.share, this.events, (performance.now() - this.startedAt) / 1_000);
    this.span?.setAttribute('messaging.batch.message_count', this.events);
    this.span?.setAttribute('eventfold.position', position);
    this.span?.end();
  }

  failed(error: unknown): void {
    this.telemetry.turnFailed(this.share);
    if (this.span === undefined) return;
    recordFailure(this.span, error);
    this.span.end();
  }
}
