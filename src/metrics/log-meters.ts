import { Counter, Histogram, type Registry } from 'prom-client';
import type { Telemetry } from '../event-sourcing/index.js';

/** The label of an event store with a name. Samples of the store without a name have no such label. */
export const STORE = 'store';

const LATENCY_BUCKETS = [0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1, 2, 5];
const TURN_BUCKETS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];
const LATENESS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600];
const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024];

export type LogMeters = ReturnType<typeof makeLogMeters>;

/** The metrics of the log and of turns in one registry; see `LogMetrics`. */
export function makeLogMeters(registry: Registry) {
  return {
    /** Telemetry that is counted already: a second import for the same event store must not count twice. */
    observed: new WeakSet<Telemetry>(),
    appendedEvents: new Counter({
      name: 'eventfold_events_appended_total',
      help: 'Events that this process has appended to the log',
      labelNames: [STORE],
      registers: [registry],
    }),
    verdicts: new Counter({
      name: 'eventfold_append_verdicts_total',
      help: 'Events that were given to the log, by what became of them: appended, duplicate, conflict, repeated (under a taken idempotency key) or failed',
      labelNames: ['verdict', STORE],
      registers: [registry],
    }),
    appendDuration: new Histogram({
      name: 'eventfold_append_duration_seconds',
      help: 'Time from the call of an append to its answer, the wait for the shared commit included',
      buckets: LATENCY_BUCKETS,
      labelNames: [STORE],
      registers: [registry],
    }),
    batchEvents: new Histogram({
      name: 'eventfold_append_batch_events',
      help: 'Events that went to the database in one commit',
      buckets: BATCH_BUCKETS,
      labelNames: [STORE],
      registers: [registry],
    }),
    batchAppends: new Counter({
      name: 'eventfold_append_batch_appends_total',
      help: 'Appends that went to the database in shared commits; divided by the number of batches, how many share one',
      labelNames: [STORE],
      registers: [registry],
    }),
    conflicts: new Counter({
      name: 'eventfold_command_conflicts_total',
      help: 'Version conflicts that commands met when they appended',
      labelNames: [STORE],
      registers: [registry],
    }),
    retries: new Counter({
      name: 'eventfold_command_retries_total',
      help: 'Times that a command decided again on a fresh state',
      labelNames: [STORE],
      registers: [registry],
    }),
    timersFired: new Counter({
      name: 'eventfold_timers_fired_total',
      help: 'Timers whose events this process has appended',
      labelNames: [STORE],
      registers: [registry],
    }),
    timerFailures: new Counter({
      name: 'eventfold_timer_failures_total',
      help: 'Timers that this process has set aside: their events could not be appended',
      labelNames: [STORE],
      registers: [registry],
    }),
    timerLateness: new Histogram({
      name: 'eventfold_timer_lateness_seconds',
      help: 'How long timers were due when they fired, by the clock of the database',
      buckets: LATENESS_BUCKETS,
      labelNames: [STORE],
      registers: [registry],
    }),
    turnDuration: new Histogram({
      name: 'eventfold_turn_duration_seconds',
      help: 'Time of a transaction that folded a stretch of the log, by projection and build (live or rebuild)',
      labelNames: ['projection', 'build', STORE],
      buckets: TURN_BUCKETS,
      registers: [registry],
    }),
    turnEvents: new Counter({
      name: 'eventfold_turn_events_total',
      help: 'Events that this process has folded, by projection and build (live or rebuild)',
      labelNames: ['projection', 'build', STORE],
      registers: [registry],
    }),
    turnFailures: new Counter({
      name: 'eventfold_turn_failures_total',
      help: 'Turns that were rolled back, by projection and build (live or rebuild); each is tried again',
      labelNames: ['projection', 'build', STORE],
      registers: [registry],
    }),
  };
}
