import { Gauge, type Registry } from 'prom-client';
import { isAlarming, soon } from '../event-sourcing/for-service.js';
import type { LogClock, ProjectionOperations, ProjectionStatus } from '../event-sourcing/index.js';
import { STORE } from './log-meters.js';
import type { StoreLabels } from './log-metrics.js';

/** The value of a gauge for a projection; undefined when it has none. */
const GAUGES: [name: string, help: string, value: (status: ProjectionStatus) => number | undefined][] = [
  [
    'position',
    'Position of the log up to which all is folded, but for parked keys',
    (status) => status.position,
  ],
  ['lag_events', 'Events of the log that are not folded yet', (status) => status.lagEvents],
  ['lag_seconds', 'Age of the oldest event that is not folded yet', (status) => status.lagSeconds],
  [
    'stands_still',
    '1 when an operator should look: GET /projections names the reason and the cure',
    (status) => (isAlarming(status) ? 1 : 0),
  ],
  ['parked_keys', 'Keys that are set aside after a failure', (status) => status.parkedKeys],
  ['events_per_second', 'Events folded a second, lately', (status) => status.rate],
  [
    'rebuild_percent',
    'How much of the log a rebuild has folded; absent without one',
    (status) => status.rebuild?.percent,
  ],
];

/** The source of an event store's values for the gauges of a registry. */
export interface ProjectionSource {
  labels: StoreLabels;
  operations: Pick<ProjectionOperations, 'list'>;
  logClock: Pick<LogClock, 'aheadMs'>;
}

/**
 * The projections for Prometheus, as they are in the database at the scrape, so every instance reports the same. While
 * the database does not answer, the gauges are absent and do not keep old values, so an alert can see it.
 */
export class ProjectionMeters {
  /** The event stores of running applications. */
  readonly sources = new Set<ProjectionSource>();
  private reading: Promise<void> | undefined;

  private readonly gauges: { value: (typeof GAUGES)[number][2]; gauge: Gauge }[];
  private readonly ahead: Gauge;

  constructor(registry: Registry) {
    const common = { registers: [registry], collect: () => this.readOnce() };
    this.gauges = GAUGES.map(([name, help, value]) => ({
      value,
      gauge: new Gauge({
        name: `eventfold_projection_${name}`,
        help,
        labelNames: ['projection', STORE],
        ...common,
      }),
    }));
    this.ahead = new Gauge({
      name: 'eventfold_log_ahead_seconds',
      help: 'How far the time of the last event is ahead of the clock of this process, beyond what clocks may differ by; else 0',
      labelNames: [STORE],
      ...common,
    });
  }

  /** A scrape asks all gauges at once, and they ask the database once. */
  private readOnce(): Promise<void> {
    this.reading ??= this.read().finally(() => (this.reading = undefined));
    return this.reading;
  }

  private async read(): Promise<void> {
    const found = await Promise.all([...this.sources].map(statusOf));
    for (const gauge of [this.ahead, ...this.gauges.map((each) => each.gauge)]) {
      gauge.reset();
    }
    for (const status of found) this.show(status);
  }

  private show({ labels, projections, aheadMs }: Awaited<ReturnType<typeof statusOf>>): void {
    if (aheadMs !== undefined) this.ahead.set(labels, Math.round(aheadMs / 1_000));
    for (const status of projections) {
      for (const { gauge, value } of this.gauges) {
        const measured = value(status);
        if (measured !== undefined) gauge.set({ projection: status.name, ...labels }, measured);
      }
    }
  }
}

async function statusOf({ labels, operations, logClock }: ProjectionSource) {
  const [projections, aheadMs] = await Promise.all([soon(operations.list()), soon(logClock.aheadMs())]);
  return { labels, projections: projections ?? [], aheadMs };
}
