import { Gauge, type Registry } from 'prom-client';
import { soon } from '../event-sourcing/for-service.js';
import type { TimerFigures, TimerOperations } from '../event-sourcing/index.js';
import { STORE } from './log-meters.js';
import type { StoreLabels } from './log-metrics.js';

const GAUGES: [name: string, help: string, value: (figures: TimerFigures) => number][] = [
  ['timers_pending', 'Timers that wait, counted up to 100,000', ({ pending }) => pending],
  [
    'timers_failed',
    'Timers that are set aside: their events could not be appended, and an operator is to act',
    ({ failed }) => failed,
  ],
  [
    'timers_overdue_seconds',
    'For how long the oldest timer is due and has not fired; 0 when none is',
    ({ overdueSeconds }) => overdueSeconds,
  ],
];

/** The source of an event store's values for the gauges of a registry. */
export interface TimerSource {
  labels: StoreLabels;
  timers: Pick<TimerOperations, 'figures'>;
}

/** The timers of event stores for Prometheus: facts of the database, which every process reports alike. */
export class TimerMeters {
  /** The event stores of running applications. */
  readonly sources = new Set<TimerSource>();
  private reading: Promise<void> | undefined;
  private readonly gauges: { value: (typeof GAUGES)[number][2]; gauge: Gauge }[];

  constructor(registry: Registry) {
    this.gauges = GAUGES.map(([name, help, value]) => ({
      value,
      gauge: new Gauge({
        name: `eventfold_${name}`,
        help,
        labelNames: [STORE],
        registers: [registry],
        collect: () => this.readOnce(),
      }),
    }));
  }

  /** A scrape asks all gauges at once, and they ask the database once. */
  private readOnce(): Promise<void> {
    this.reading ??= this.read().finally(() => (this.reading = undefined));
    return this.reading;
  }

  private async read(): Promise<void> {
    const found = await Promise.all(
      [...this.sources].map(async ({ labels, timers }) => ({
        labels,
        figures: await soon(timers.figures()),
      })),
    );
    for (const { gauge } of this.gauges) gauge.reset();
    for (const { labels, figures } of found)
      if (figures !== undefined)
        for (const { gauge, value } of this.gauges) gauge.set(labels, value(figures));
  }
}
