import { Injectable } from '@nestjs/common';
import {
  IntakeMonitor,
  Processes,
  type ProcessRecord,
  RelayMonitor,
  Replicas,
} from '../../event-sourcing/for-service.js';
import {
  LogClock,
  type LogEnd,
  type ProcessInstance,
  ProcessInstances,
  ProjectionOperations,
  type ProjectionStatus,
  type TimerFigures,
  TimerOperations,
} from '../../event-sourcing/index.js';
import { StoreHealth } from '../../health/store-health.js';
import { type Sample, Samples } from './samples.js';
import { type Facts, MOST_STUCK, type Verdict, verdictOn } from './verdict.js';

/** How a store is, on one page. */
export interface StoreOverview {
  verdict: Verdict;
  log: { head: number | null; time: Date | null; eventsPerSecond: number | null };
  commands: Pick<Sample, 'p50Ms' | 'p99Ms'> & { perSecond: number; conflictsPerSecond: number };
  projections: ProjectionStatus[];
  processes: ProcessRecord[];
  samples: readonly Sample[];
}

/** What only the database knows. */
interface Stored {
  end: LogEnd;
  projections: ProjectionStatus[];
  processes: ProcessRecord[];
  relay: Facts['relay'];
  timers: TimerFigures;
  stuckProcesses: ProcessInstance[];
}

/** How long an overview is good for others who ask, in ms: any number of open pages costs the database the same. */
const SHARED_MS = 1_000;

/** Brings together what the parts of a store know of its state. It has no rule of its own about what is wrong. */
@Injectable()
export class Overview {
  private last: { at: number; overview: Promise<StoreOverview> } | undefined;

  constructor(
    private readonly health: StoreHealth,
    private readonly samples: Samples,
    private readonly operations: ProjectionOperations,
    private readonly processes: Processes,
    private readonly logClock: LogClock,
    private readonly relay: RelayMonitor,
    private readonly intake: IntakeMonitor,
    private readonly replicas: Replicas,
    private readonly timers: TimerOperations,
    private readonly instances: ProcessInstances,
  ) {}

  /** The overview of this moment, or of the second before. While the database is away, it says only that. */
  current(): Promise<StoreOverview> {
    this.samples.watch();
    const now = performance.now();
    if (this.last === undefined || now - this.last.at > SHARED_MS)
      this.last = { at: now, overview: this.look() };
    return this.last.overview;
  }

  private async look(): Promise<StoreOverview> {
    const { checks } = await this.health.check();
    const isThere = checks.database === 'ok' && checks.migrations === 'ok';
    const stored = isThere ? await this.stored().catch(() => undefined) : undefined;
    const verdict = verdictOn({
      checks: isThere && stored === undefined ? { ...checks, database: 'failed' } : checks,
      projections: stored?.projections ?? [],
      relay: stored?.relay,
      intake: this.intake.report,
      replicas: this.replicas.statuses,
      timers: stored?.timers,
      stuckProcesses: stored?.stuckProcesses ?? [],
      aheadMs: stored?.end.aheadMs ?? 0,
    });
    return { verdict, ...this.figures(stored), samples: this.samples.all };
  }

  private async stored(): Promise<Stored> {
    const [end, projections, processes, relay, timers, stuckProcesses] = await Promise.all([
      this.logClock.end(),
      this.operations.list(),
      this.processes.list(),
      this.relay.report === undefined ? undefined : this.relay.status(),
      this.timers.figures(),
      this.instances.list({ state: 'stuck', limit: MOST_STUCK }),
    ]);
    return { end, projections, processes, relay, timers, stuckProcesses };
  }

  /** The rates are those of the last sample. */
  private figures(stored: Stored | undefined): Omit<StoreOverview, 'verdict' | 'samples'> {
    const last = this.samples.all.at(-1);
    return {
      log: {
        head: stored?.end.position ?? null,
        time: stored?.end.time ?? null,
        eventsPerSecond: last?.eventsPerSecond ?? null,
      },
      commands: {
        perSecond: last?.commandsPerSecond ?? 0,
        p50Ms: last?.p50Ms ?? null,
        p99Ms: last?.p99Ms ?? null,
        conflictsPerSecond: last?.conflictsPerSecond ?? 0,
      },
      projections: stored?.projections ?? [],
      processes: stored?.processes ?? [],
    };
  }
}
