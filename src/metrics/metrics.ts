import { Inject, Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { METRICS_REGISTRY } from './metrics.module.js';

/** One for all applications of the process, because the observer of the garbage collector cannot be removed again. */
const ofProcess = new Registry();

/** The answer to a scrape of the service: metrics of its event store, of HTTP and of the process. */
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
