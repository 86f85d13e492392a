import { Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { isAlarming } from '../event-sourcing/for-service.js';
import { LogClock, ProjectionOperations, type ProjectionStatus } from '../event-sourcing/index.js';

/**
 * How long the database may take to say how projections are, in ms: a scrape is to be answered while it is away, too.
 */
const PATIENCE_MS = 2_000;

/** What there is to know of a projection; undefined where there is nothing to say. */
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
    '1 where somebody should look: GET /projections names the reason and the cure',
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

/**
 * Projections for Prometheus, as the database knows them at the scrape: every instance says the same. While the
 * database does not answer, they are absent, which an alert can see, not as they were.
 */
@Injectable()
export class ProjectionMetrics {
  private readonly registry = new Registry();
  private readonly gauges = GAUGES.map(([name, help, value]) => ({
    value,
    gauge: new Gauge({
      name: `eventfold_projection_${name}`,
      help,
      labelNames: ['projection'],
      registers: [this.registry],
    }),
  }));

  private readonly ahead = new Gauge({
    name: 'eventfold_log_ahead_seconds',
    help:
      'How far the time of the last event is ahead of the clock of this process, ' +
      'beyond what clocks may differ by; else 0',
    registers: [this.registry],
  });

  constructor(
    private readonly operations: ProjectionOperations,
    private readonly logClock: LogClock,
  ) {}

  /** @returns the text format of Prometheus */
  async collect(): Promise<string> {
    const [projections, ahead] = await Promise.all([this.current(), soon(this.logClock.aheadMs())]);
    if (ahead === undefined) this.ahead.remove();
    else this.ahead.set(Math.round(ahead / 1_000));
    for (const { gauge, value } of this.gauges) {
      gauge.reset();
      for (const status of projections) {
        const measured = value(status);
        if (measured !== undefined) gauge.set({ projection: status.name }, measured);
      }
    }
    return this.registry.metrics();
  }

  private async current(): Promise<ProjectionStatus[]> {
    return (await soon(this.operations.list())) ?? [];
  }
}

/** Undefined when the database does not say in time. */
async function soon<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  const timeout = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE_MS, undefined).unref());
  return Promise.race([answer, timeout]).catch(() => undefined);
}
