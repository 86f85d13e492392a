import type { Telemetry, TelemetryObserver, TurnSubject, VerdictOnEvent } from '../event-sourcing/index.js';
import type { LogMeters } from './log-meters.js';

/** What the log says to an event; `failed` where it said nothing. */
const VERDICTS = ['appended', 'duplicate', 'conflict', 'repeated', 'failed'] as const;
type Verdict = (typeof VERDICTS)[number];

/** Of the event store: none, or its name. */
export type StoreLabels = { store?: string };

/**
 * What this process does to a log, and to the rows of projections, for Prometheus. Counted by instance: unlike
 * positions and lags it is no fact of the database, so that a dashboard adds the instances up.
 *
 * An append pays 0.7 us for all of it together.
 */
export class LogMetrics implements TelemetryObserver {
  constructor(
    private readonly meters: LogMeters,
    private readonly labels: StoreLabels,
    telemetry: Telemetry,
  ) {
    this.beginAtZero();
    if (meters.observed.has(telemetry)) return;
    meters.observed.add(telemetry);
    telemetry.observe(this);
  }

  appended(verdicts: readonly VerdictOnEvent[], seconds: number): void {
    this.meters.appendDuration.observe(this.labels, seconds);
    const first = verdicts[0]?.verdict;
    if (verdicts.every(({ verdict }) => verdict === first)) return this.count(first!, verdicts.length);
    for (const { verdict } of verdicts) this.count(verdict, 1);
  }

  appendFailed(events: number, seconds: number): void {
    this.meters.appendDuration.observe(this.labels, seconds);
    this.count('failed', events);
  }

  batchSent(appends: number, events: number): void {
    this.meters.batchAppends.inc(this.labels, appends);
    this.meters.batchEvents.observe(this.labels, events);
  }

  conflictMet(): void {
    this.meters.conflicts.inc(this.labels);
  }

  decidedAgain(): void {
    this.meters.retries.inc(this.labels);
  }

  turnFolded(subject: TurnSubject, events: number, seconds: number): void {
    const labels = { ...subject, ...this.labels };
    this.meters.turnDuration.observe(labels, seconds);
    this.meters.turnEvents.inc(labels, events);
    this.meters.turnFailures.inc(labels, 0); // a counter that is there before it counts shows its first step, too
  }

  turnFailed(subject: TurnSubject): void {
    this.meters.turnFailures.inc({ ...subject, ...this.labels });
  }

  private count(verdict: Verdict, events: number): void {
    if (verdict === 'appended') this.meters.appendedEvents.inc(this.labels, events);
    this.meters.verdicts.inc({ verdict, ...this.labels }, events);
  }

  /** So that a first step is seen as one. */
  private beginAtZero(): void {
    const { appendedEvents, batchAppends, conflicts, retries, appendDuration, batchEvents, verdicts } =
      this.meters;
    for (const counter of [appendedEvents, batchAppends, conflicts, retries]) counter.inc(this.labels, 0);
    for (const histogram of [appendDuration, batchEvents]) histogram.zero(this.labels);
    for (const verdict of VERDICTS) verdicts.inc({ verdict, ...this.labels }, 0);
  }
}
