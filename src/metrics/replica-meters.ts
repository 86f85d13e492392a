import { Gauge, type Registry } from 'prom-client';
import type { ReplicaStatus } from '../event-sourcing/index.js';
import { STORE } from './log-meters.js';
import type { StoreLabels } from './log-metrics.js';

/** The source of an event store's values for the gauges of a registry. */
export interface ReplicaSource {
  labels: StoreLabels;
  replicas: { readonly statuses: readonly ReplicaStatus[] };
}

/** The replicas for queries, as this process sees them. Without replicas the gauges have no samples. */
export class ReplicaMeters {
  /** The event stores of running applications. */
  readonly sources = new Set<ReplicaSource>();
  private readonly lag: Gauge;
  private readonly inUse: Gauge;

  constructor(registry: Registry) {
    const common = { labelNames: ['replica', STORE], registers: [registry] };
    this.lag = new Gauge({
      name: 'eventfold_replica_lag_seconds',
      help: 'How long a replica has lacked something that the primary has; absent while that is not known',
      ...common,
      collect: () => this.read(),
    });
    this.inUse = new Gauge({
      name: 'eventfold_replica_in_use',
      help: '1 while queries go to the replica, else 0',
      ...common,
    });
  }

  private read(): void {
    for (const gauge of [this.lag, this.inUse]) gauge.reset();
    for (const { labels, replicas } of this.sources) {
      for (const { address: replica, state, lagMs } of replicas.statuses) {
        if (lagMs !== undefined) this.lag.set({ replica, ...labels }, lagMs / 1_000);
        this.inUse.set({ replica, ...labels }, state === 'in-use' ? 1 : 0);
      }
    }
  }
}
