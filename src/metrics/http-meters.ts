import { Histogram, type Registry } from 'prom-client';

const BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

/** The label of requests that no route takes: their paths can be any text. */
const NO_ROUTE = 'none';

interface Answer {
  method: string;
  /** The template of the route; undefined when no route has taken the request. */
  route: string | undefined;
  status: number;
  seconds: number;
}

/**
 * The answers of an application over HTTP, for Prometheus. The label is the template of the route, so there are as many
 * series as routes.
 */
export class HttpMeters {
  /** The adapters whose answers are timed already: a second import must not time them twice. */
  readonly observed = new WeakSet<object>();
  private readonly duration: Histogram;

  constructor(registry: Registry) {
    this.duration = new Histogram({
      name: 'eventfold_http_request_duration_seconds',
      help: 'Time from a request to the end of its answer, by method, template of the route and class of status (2xx to 5xx)',
      labelNames: ['method', 'route', 'status'],
      buckets: BUCKETS,
      registers: [registry],
    });
  }

  answered({ method, route = NO_ROUTE, status, seconds }: Answer): void {
    this.duration.observe({ method, route, status: `${Math.floor(status / 100)}xx` }, seconds);
  }
}
