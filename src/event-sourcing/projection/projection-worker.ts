import type { Logger } from '@nestjs/common';
import type { LogSignal } from '../log-signal.js';
import type { ResolvedOptions } from '../options.js';
import { isTransient } from '../transient-failure.js';
import type { Share } from './build.js';
import { BuildWork } from './build-work.js';
import { insertProjection, selectPlan, updateRevision, type WorkPlan } from './checkpoint.sql.js';
import type { Folding } from './folding.js';
import { projectionLogger } from './projection-log.js';
import type { ProjectionRunner, RunnerStatus } from './projection-runner.js';
import type { Rebuilds } from './rebuilds.js';
import type { Turns } from './turn.js';
import { WakeUp } from './wake-up.js';
import type { Database } from '../postgres/database.js';

export interface WorkerParts {
  database: Database;
  turns: Turns;
  rebuilds: Rebuilds;
  signal: LogSignal;
  options: ResolvedOptions;
}

/** How often it looks whether there is a rebuild to work at, in ms. */
const LOOK_MS = 500;

/**
 * What this process does for one projection: folds its living rows, as long as they are of the revision this build
 * knows; asks for a rebuild when they are of an older one, or in other partitions; and works at a rebuild there is.
 */
export class ProjectionWorker {
  private readonly logger: Logger;
  private readonly wakeUp = new WakeUp();
  private readonly live: BuildWork;
  private readonly rebuilt: BuildWork;
  private hasLooked = false;
  private hasAsked = false;
  private failure: Error | undefined;
  private stopping = false;
  private running: Promise<void> | undefined;

  constructor(
    readonly folding: Folding,
    private readonly parts: WorkerParts,
    onProgress: (share: Share, position: number) => void,
  ) {
    this.logger = projectionLogger(folding.name);
    const replaced = () => this.wakeUp.ring();
    this.live = new BuildWork(folding, 'live', parts, { progress: onProgress, replaced });
    this.rebuilt = new BuildWork(folding, 'rebuild', parts, { progress: () => undefined, replaced });
  }

  /** Of the living rows; none while they are of another revision. */
  get runners(): readonly ProjectionRunner[] {
    return this.live.runners;
  }

  get status(): { status: RunnerStatus; failure: string | null } {
    const { runners } = this;
    const worst = ['stopped', 'retrying', 'standing-by', 'starting', 'paused'] as const;
    const status = worst.find((one) => runners.some((runner) => runner.status === one));
    const failure = this.failure ?? runners.find((runner) => runner.failure)?.failure;
    const idle = this.hasLooked ? 'standing-by' : 'starting';
    const fallback = this.failure ? 'retrying' : runners.length > 0 ? 'running' : idle;
    return { status: status ?? fallback, failure: failure?.message ?? null };
  }

  /**
   * Resolves when the database has its name and revision, so that whatever is appended from then on comes to it. Where
   * that fails, it is done as soon as it can be.
   */
  async start(): Promise<void> {
    await this.plan().catch(() => undefined);
    this.running ??= this.loop();
  }

  /** Ends after the turns under way. Can be called again. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wakeUp.ring();
    await Promise.all([this.live.stop(), this.rebuilt.stop(), this.running]);
  }

  private async loop(): Promise<void> {
    let wasTold: string | undefined;
    while (!this.stopping) {
      try {
        await this.look();
        this.hasLooked = true;
        this.failure = undefined;
        wasTold = undefined;
      } catch (error) {
        this.failure = error as Error;
        if (wasTold !== this.failure.message && !isTransient(error)) this.logger.error(this.failure.message);
        wasTold = this.failure.message;
      }
      await this.wakeUp.wait(LOOK_MS);
    }
    await Promise.all([this.live.stop(), this.rebuilt.stop()]);
  }

  /** Creates what is not there yet. A reaction of an older build has no rows to rebuild: it is taken over as it stands. */
  private async plan(): Promise<WorkPlan> {
    const { folding } = this;
    const { statements: manager } = this.parts.database;
    const plan = await selectPlan(manager, this.parts.options, folding.name);
    if (plan === undefined) await insertProjection(manager, this.parts.options, folding);
    else if (folding.kind === 'reaction' && isNewer(folding.revision, plan.revision))
      await updateRevision(manager, this.parts.options, folding, plan.revision);
    else return plan;
    return this.plan();
  }

  private async look(): Promise<void> {
    const { revision, partitions, rebuild } = await this.plan();
    const isOurs = revision === this.folding.revision;
    if (!this.stopping) await this.live.run(isOurs ? partitions : 0);
    if (this.folding.kind === 'reaction') return;
    if (!isOurs || partitions !== this.folding.partitions) await this.askOnce(revision, rebuild);
    await this.workAt(rebuild);
  }

  /** Once: two builds that do not agree shall not take turns at replacing each other's rows. */
  private async askOnce(revision: string, rebuild: WorkPlan['rebuild']): Promise<void> {
    if (this.hasAsked) return;
    this.hasAsked = true;
    if (isNewer(revision, this.folding.revision)) {
      this.logger.warn(
        `The rows are of revision ${revision}; this build has ${this.folding.revision} and leaves them to a newer one`,
      );
      return;
    }
    if (rebuild?.revision === this.folding.revision && rebuild.partitions === this.folding.partitions) return;
    if (rebuild !== null) await this.parts.rebuilds.cancel(this.folding);
    if (await this.parts.rebuilds.begin(this.folding)) {
      this.logger.log(`The rows are of revision ${revision}: rebuilding them for ${this.folding.revision}`);
    }
  }

  private async workAt(rebuild: WorkPlan['rebuild']): Promise<void> {
    const isOurs = rebuild?.revision === this.folding.revision;
    if (!this.stopping) await this.rebuilt.run(isOurs ? rebuild.partitions : 0);
    if (!isOurs || rebuild.state === 'held') return;
    const finished = await this.parts.rebuilds.finish(this.folding);
    if (finished === undefined) return;
    this.logger.log(
      finished.isHeld
        ? 'Rebuilt and compared: held until it is released'
        : 'Rebuilt: the new rows are in place',
    );
    this.wakeUp.ring();
  }
}

/** Settings of a fold, behind the number, make it another revision, not a newer one. */
function isNewer(revision: string, than: string): boolean {
  return Number.parseInt(revision) > Number.parseInt(than);
}
