import { Injectable } from '@nestjs/common';
import { Counter, Histogram, Registry } from 'prom-client';
import {
  Telemetry,
  type TelemetryObserver,
  type TurnSubject,
  type VerdictOnEvent,
} from '../event-sourcing/index.js';

/** What the log says to an event; `failed` where it said nothing. */
const VERDICTS = ['appended', 'duplicate', 'conflict', 'repeated', 'failed'] as const;
type Verdict = (typeof VERDICTS)[number];

const LATENCY_BUCKETS = [0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1, 2, 5];
const TURN_BUCKETS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];
const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024];

/**
 * What this process does to the log, and to the rows of projections, for Prometheus. Counted by instance: unlike
 * positions and lags it is no fact of the database, so that a dashboard adds the instances up.
 *
 * An append pays 0.7 us for all of it together.
 */
@Injectable()
export class LogMetrics implements TelemetryObserver {
  readonly registry = new Registry();
  private readonly registers = [this.registry];

  private readonly appendedEvents = new Counter({
    name: 'eventfold_events_appended_total',
    help: 'Events that this process has appended to the log',
    registers: this.registers,
  });
  private readonly verdicts = new Counter({
    name: 'eventfold_append_verdicts_total',
    help:
      'Events that were given to the log, by what became of them: ' +
      'appended, duplicate, conflict, repeated (under a taken idempotency key) or failed',
    labelNames: ['verdict'],
    registers: this.registers,
  });
  private readonly appendDuration = new Histogram({
    name: 'eventfold_append_duration_seconds',
    help: 'Time from the call of an append to its answer, the wait for the shared commit included',
    buckets: LATENCY_BUCKETS,
    registers: this.registers,
  });
  private readonly batchEvents = new Histogram({
    name: 'eventfold_append_batch_events',
    help: 'Events that went to the database in one commit',
    buckets: BATCH_BUCKETS,
    registers: this.registers,
  });
  private readonly batchAppends = new Counter({
    name: 'eventfold_append_batch_appends_total',
    help: 'Appends that went to the database in shared commits; divided by the number of batches, how many share one',
    registers: this.registers,
  });
  private readonly conflicts = new Counter({
    name: 'eventfold_command_conflicts_total',
    help: 'Version conflicts that commands met when they appended',
    registers: this.registers,
  });
  private readonly retries = new Counter({
    name: 'eventfold_command_retries_total',
    help: 'Times that a command decided again on a fresh state',
    registers: this.registers,
  });
  private readonly turnDuration = new Histogram({
    name: 'eventfold_turn_duration_seconds',
    help: 'Time of a transaction that folded a stretch of the log, by projection and build (live or rebuild)',
    labelNames: ['projection', 'build'],
    buckets: TURN_BUCKETS,
    registers: this.registers,
  });
  private readonly turnEvents = new Counter({
    name: 'eventfold_turn_events_total',
    help: 'Events that this process has folded, by projection and build (live or rebuild)',
    labelNames: ['projection', 'build'],
    registers: this.registers,
  });
  private readonly turnFailures = new Counter({
    name: 'eventfold_turn_failures_total',
    help: 'Turns that were rolled back, by projection and build (live or rebuild); each is tried again',
    labelNames: ['projection', 'build'],
    registers: this.registers,
  });

  constructor(telemetry: Telemetry) {
    for (const verdict of VERDICTS) this.verdicts.inc({ verdict }, 0);
    telemetry.observe(this);
  }

  appended(verdicts: readonly VerdictOnEvent[], seconds: number): void {
    this.appendDuration.observe(seconds);
    const first = verdicts[0]?.verdict;
    if (verdicts.every(({ verdict }) => verdict === first)) return this.count(first!, verdicts.length);
    for (const { verdict } of verdicts) this.count(verdict, 1);
  }

  appendFailed(events: number, seconds: number): void {
    this.appendDuration.observe(seconds);
    this.count('failed', events);
  }

  batchSent(appends: number, events: number): void {
    this.batchAppends.inc(appends);
    this.batchEvents.observe(events);
  }

  conflictMet(): void {
    this.conflicts.inc();
  }

  decidedAgain(): void {
    this.retries.inc();
  }

  turnFolded(subject: TurnSubject, events: number, seconds: number): void {
    const labels = { ...subject };
    this.turnDuration.observe(labels, seconds);
    this.turnEvents.inc(labels, events);
    this.turnFailures.inc(labels, 0); // a counter that is there before it counts shows its first step, too
  }

  turnFailed(subject: TurnSubject): void {
    this.turnFailures.inc({ ...subject });
  }

  private count(verdict: Verdict, events: number): void {
    if (verdict === 'appended') this.appendedEvents.inc(events);
    this.verdicts.inc({ verdict }, events);
  }
}
