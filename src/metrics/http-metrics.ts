import { Injectable } from '@nestjs/common';
import { Histogram, Registry } from 'prom-client';

const BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

/** Of requests that no route takes: their paths are whatever somebody thinks of. */
const NO_ROUTE = 'none';

/**
 * The service's answers over HTTP, for Prometheus: by the template of the route, so that there are as many series as
 * routes.
 */
@Injectable()
export class HttpMetrics {
  readonly registry = new Registry();

  private readonly duration = new Histogram({
    name: 'eventfold_http_request_duration_seconds',
    help:
      'Time from a request to the end of its answer, by method, ' +
      'template of the route and class of status (2xx to 5xx)',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
    registers: [this.registry],
  });

  answered(method: string, route: string | undefined, status: number, seconds: number): void {
    const labels = { method, route: route ?? NO_ROUTE, status: `${Math.floor(status / 100)}xx` };
    this.duration.observe(labels, seconds);
  }
}
