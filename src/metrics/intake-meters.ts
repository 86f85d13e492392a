import { Counter, Gauge, type Registry } from 'prom-client';
import type { IntakeMonitor, IntakeReport } from '../event-sourcing/for-service.js';
import { STORE } from './log-meters.js';
import type { StoreLabels } from './log-metrics.js';

/** The source of an intake's values in a registry. */
export interface IntakeSource {
  labels: StoreLabels;
  intake: Pick<IntakeMonitor, 'report'>;
}

/** The intakes of this process for Prometheus. The metrics of a process without an intake have no values. */
export class IntakeMeters {
  /** The event stores of running applications. */
  readonly sources = new Set<IntakeSource>();

  constructor(registry: Registry) {
    const registers = [registry];
    const running = new Gauge({
      name: 'eventfold_intake_running',
      help: '1 when the intake takes messages of other services into the log',
      labelNames: [STORE],
      registers,
      collect: () => {
        running.reset();
        this.forEach((labels, { state }) => running.set(labels, Number(state === 'running')));
      },
    });
    const backlog = new Gauge({
      name: 'eventfold_intake_pending',
      help: 'Messages that wait at the broker, as this process has seen it within the last seconds',
      labelNames: [STORE],
      registers,
      collect: () => {
        backlog.reset();
        this.forEach((labels, { pending }) => pending !== null && backlog.set(labels, pending));
      },
    });
    const outcomes = new Counter({
      name: 'eventfold_intake_messages_total',
      help: 'Messages by what became of them: appended, duplicate, rejected or failed (they come again)',
      labelNames: ['outcome', STORE],
      registers,
      collect: () => {
        outcomes.reset();
        this.forEach((labels, { messages }) => {
          for (const [outcome, count] of Object.entries(messages))
            outcomes.inc({ ...labels, outcome }, count);
        });
      },
    });
  }

  private forEach(show: (labels: StoreLabels, report: IntakeReport) => void): void {
    for (const { labels, intake } of this.sources) {
      const { report } = intake;
      if (report !== undefined && report.state !== 'off') show(labels, report);
    }
  }
}
