import { Inject, Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { METRICS_REGISTRY } from './metrics.module.js';

/**
 * Of the process, and so one for all applications in it: what observes the garbage collector cannot be taken off again.
 */
const ofProcess = new Registry();

/** All that a scrape of the service gets: the metrics of its event store and of HTTP, and the process. */
@Injectable()
export class Metrics {
  static readonly CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

  constructor(@Inject(METRICS_REGISTRY) private readonly registry: Registry) {
    if (ofProcess.getMetricsAsArray().length === 0) collectDefaultMetrics({ register: ofProcess });
  }

  /** @returns the text format of Prometheus */
  async collect(): Promise<string> {
    const parts = await Promise.all([this.registry.metrics(), ofProcess.metrics()]);
    return parts.join('\n');
  }
}
