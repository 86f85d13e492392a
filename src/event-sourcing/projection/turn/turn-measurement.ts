import { context, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import type { DomainEvent, Recorded } from '../../event/domain-event.js';
import type { Telemetry, TurnSubject } from '../../telemetry/telemetry.js';
import { currentTracer, recordFailure, spanContextOf } from '../../telemetry/tracing.js';
import type { Share } from '../declare/share.js';
import type { Within } from './turn-batch.js';

/** Most links of a turn's span: a turn of a backlog has thousands of events. */
const MAX_LINKS = 32;

/**
 * Measures one turn, and traces it when the host traces. A turn that finds nothing new, as an idle projection has two a
 * second, is not reported; a turn that only passes events of others has no span.
 *
 * The span is the root of its own trace, linked to the spans in which the events were appended: a turn has many causes,
 * and none of them waits for it.
 */
export class TurnMeasurement {
  private readonly startedAt = performance.now();
  private hasFolded = false;
  private events = 0;
  private span: Span | undefined;
  private readonly linked = new Set<string>();

  constructor(
    private readonly share: Share,
    private readonly telemetry: Telemetry,
  ) {}

  /** Folds events of the turn inside its span. */
  readonly folding: Within = (events, fold) => {
    this.hasFolded = true;
    this.events += events.length;
    if (events.length > 0) this.span ??= this.startSpan();
    if (this.span === undefined) return fold();
    this.link(this.span, events);
    return context.with(trace.setSpan(context.active(), this.span), fold);
  };

  /** Ends the measurement of a committed turn. */
  committed(position: number): void {
    if (!this.hasFolded) return;
    this.telemetry.turnFolded(this.subject, this.events, (performance.now() - this.startedAt) / 1_000);
    this.span?.setAttribute('messaging.batch.message_count', this.events);
    this.span?.setAttribute('eventfold.position', position);
    this.span?.end();
  }

  failed(error: unknown): void {
    this.telemetry.turnFailed(this.subject);
    if (this.span === undefined) return;
    recordFailure(this.span, error);
    this.span.end();
  }

  private get subject(): TurnSubject {
    return { projection: this.share.folding.name, build: this.share.build };
  }

  private startSpan(): Span | undefined {
    const { folding, build, partition } = this.share;
    const attributes = {
      'messaging.system': 'eventfold',
      'messaging.operation.name': 'turn',
      'messaging.operation.type': 'process',
      'messaging.consumer.group.name': folding.name,
      'eventfold.projection.name': folding.name,
      'eventfold.projection.build': build,
      'eventfold.projection.partition': partition,
    };
    const options = { kind: SpanKind.CONSUMER, startTime: this.startedAt, attributes };
    return currentTracer()?.startSpan(`turn ${folding.name}`, options, ROOT_CONTEXT);
  }

  private link(span: Span, events: readonly Recorded<DomainEvent>[]): void {
    for (const { metadata } of events) {
      if (this.linked.size === MAX_LINKS) return;
      const cause = spanContextOf(metadata);
      if (cause === undefined || this.linked.has(cause.spanId)) continue;
      this.linked.add(cause.spanId);
      span.addLink({ context: cause });
    }
  }
}
