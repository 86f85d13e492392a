import { Gauge, type Registry } from 'prom-client';
import { type RelayMonitor, type RelayStatus, soon } from '../event-sourcing/for-service.js';
import { STORE } from './log-meters.js';
import type { StoreLabels } from './log-metrics.js';

/** The value of a gauge for a relay; undefined when it has none. */
const GAUGES: [name: string, help: string, value: (status: RelayStatus) => number | undefined][] = [
  [
    'position',
    'Position of the last event in the stream of the relay',
    ({ position }) => position ?? undefined,
  ],
  [
    'lag_seconds',
    'Age of the oldest event that is not in the stream of the relay yet',
    ({ lagSeconds }) => lagSeconds ?? undefined,
  ],
  [
    'running',
    '1 when the relay relays: GET /relay names the reason when not',
    ({ state }) => Number(state === 'running'),
  ],
  [
    'diverged',
    '1 when the stream has other events than the log: nothing is published until an operator acts',
    ({ state }) => Number(state === 'diverged'),
  ],
];

/** The source of a relay's values for the gauges of a registry. */
export interface RelaySource {
  labels: StoreLabels;
  relay: Pick<RelayMonitor, 'report' | 'status'>;
}

/** The relays of this process for Prometheus. The gauges of a process without a relay have no values. */
export class RelayMeters {
  /** The event stores of running applications. */
  readonly sources = new Set<RelaySource>();
  private reading: Promise<void> | undefined;
  private readonly gauges: { value: (typeof GAUGES)[number][2]; gauge: Gauge }[];

  constructor(registry: Registry) {
    this.gauges = GAUGES.map(([name, help, value]) => ({
      value,
      gauge: new Gauge({
        name: `eventfold_relay_${name}`,
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
    const relaying = [...this.sources].filter(({ relay }) => (relay.report?.state ?? 'off') !== 'off');
    const found = await Promise.all(
      relaying.map(async ({ labels, relay }) => ({ labels, status: await soon(relay.status()) })),
    );
    for (const { gauge } of this.gauges) gauge.reset();
    for (const { labels, status } of found) if (status !== undefined) this.show(labels, status);
  }

  private show(labels: StoreLabels, status: RelayStatus): void {
    for (const { gauge, value } of this.gauges) {
      const measured = value(status);
      if (measured !== undefined) gauge.set(labels, measured);
    }
  }
}
