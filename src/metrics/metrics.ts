import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { HttpMetrics } from './http-metrics.js';
import { LogMetrics } from './log-metrics.js';
import { ProjectionMetrics } from './projection-metrics.js';

/**
 * Of the process, and so one for all applications in it: what observes the garbage collector cannot be taken off again.
 */
const ofProcess = new Registry();

/**
 * All that a scrape gets: of projections from the database, of the log and HTTP from this application, and the process.
 */
@Injectable()
export class Metrics {
  static readonly CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

  constructor(
    private readonly projections: ProjectionMetrics,
    private readonly log: LogMetrics,
    private readonly http: HttpMetrics,
  ) {
    if (ofProcess.getMetricsAsArray().length === 0) collectDefaultMetrics({ register: ofProcess });
  }

  /** @returns the text format of Prometheus */
  async collect(): Promise<string> {
    const parts = [
      this.projections.collect(),
      this.log.registry.metrics(),
      this.http.registry.metrics(),
      ofProcess.metrics(),
    ];
    return (await Promise.all(parts)).join('\n');
  }
}
