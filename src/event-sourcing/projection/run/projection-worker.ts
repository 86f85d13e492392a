import type { Logger } from '@nestjs/common';
import { isTransient } from '../../postgres/transient-failure.js';
import { BuildWork, type OnTurn, type RunnerReport } from './build-work.js';
import { insertProjection, selectPlan, updateRevision, type WorkPlan } from './plan.sql.js';
import type { Folding } from '../declare/folding.js';
import { projectionLogger } from './projection-log.js';
import type { ProjectionRunner } from './projection-runner.js';
import type { WorkerParts } from './worker-parts.js';
import { RebuildWork } from './rebuild-work.js';
import { SelfRetries } from './self-retries.js';
import { isNewer } from '../declare/revision.js';
import { WakeUp } from '../../background/wake-up.js';

/**
 * The work of this process for one projection. It folds the living rows as long as they have the revision of this
 * build. It requests a rebuild when they have an older one or other partitions. It works on an existing rebuild.
 */
export class ProjectionWorker {
  private readonly logger: Logger;
  private readonly wakeUp = new WakeUp();
  private readonly live: BuildWork;
  private readonly rebuild: RebuildWork;
  private readonly retries: SelfRetries;
  private hasLooked = false;
  private hasAsked = false;
  private hasRebuild = false;
  private ignorePlans: (() => void) | undefined;
  private failure: Error | undefined;
  private stopping = false;
  private running: Promise<void> | undefined;

  constructor(
    readonly folding: Folding,
    private readonly parts: WorkerParts,
    onTurn: OnTurn,
  ) {
    this.logger = projectionLogger(folding.name);
    const replaced = () => this.wakeUp.ring();
    this.retries = new SelfRetries(folding, parts);
    const turn: OnTurn = (share) => {
      const done = onTurn(share);
      return (position, parked) => {
        this.retries.parked(parked.length);
        done(position, parked);
      };
    };
    this.live = new BuildWork(folding, 'live', parts, { turn, replaced });
    this.rebuild = new RebuildWork(folding, parts, replaced);
  }

  /** The runners of the living rows; none while these have another revision. */
  get runners(): readonly ProjectionRunner[] {
    return this.live.runners;
  }

  /** The report on the living rows. */
  get status(): RunnerReport {
    const report = this.live.report ?? { status: this.hasLooked ? 'standing-by' : 'starting', failure: null };
    const failure = this.failure ?? this.parts.source.failure;
    if (failure === undefined) return report;
    const isWell = report.status === 'running' || report.status === 'starting';
    return { status: isWell ? 'retrying' : report.status, failure: failure.message };
  }

  /** The report on the rebuild that it works on. */
  get rebuildStatus(): RunnerReport | undefined {
    return this.rebuild.report;
  }

  /**
   * Resolves when the database has the projection's name and revision: all later events come to it. After a failure
   * this is done as soon as possible.
   */
  async start(): Promise<void> {
    await this.plan().catch(() => undefined);
    this.ignorePlans ??= this.parts.watch.onPlans(() => this.wakeUp.ring());
    this.running ??= this.loop();
  }

  /** Ends after the current turns. Can be called again. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.ignorePlans?.();
    this.wakeUp.ring();
    await Promise.all([this.live.stop(), this.rebuild.stop(), this.retries.stop(), this.running]);
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
      await this.wakeUp.wait(this.restMs);
    }
    await Promise.all([this.live.stop(), this.rebuild.stop()]);
  }

  /** A rebuild advances by looks. Otherwise notifications tell of a change of the plan, when they work. */
  private get restMs(): number {
    const { options, watch } = this.parts;
    const isIdle = watch.isHeard && !this.hasRebuild && this.failure === undefined;
    return isIdle ? watch.idleMs : options.turns.lookIntervalMs;
  }

  /**
   * Creates the projection when it does not exist yet. A reaction has no rows to rebuild, so a newer build takes over
   * that of an older one as it is.
   */
  private async plan(): Promise<WorkPlan> {
    const { folding } = this;
    const { statements: manager } = this.parts.database;
    const plan = await selectPlan(manager, this.parts.options, folding.name);
    if (plan === undefined)
      await insertProjection(manager, this.parts.options, folding, await this.firstPosition());
    else if (folding.kind !== 'projection' && isNewer(folding.revision, plan.revision))
      await updateRevision(manager, this.parts.options, folding, plan.revision);
    else return plan;
    return this.plan();
  }

  /** The end of the log itself: what this database knows of it may be behind. */
  private async firstPosition(): Promise<number> {
    const { source, database } = this.parts;
    return this.folding.startsAt === 'end' ? source.end(database.statements) : 0;
  }

  private async look(): Promise<void> {
    const plan = await this.plan();
    this.hasRebuild = plan.rebuild !== null;
    const isOurs = plan.revision === this.folding.revision;
    if (!this.stopping) await this.live.run(isOurs ? plan.partitions : 0);
    if (isOurs && !this.stopping) this.retries.start();
    if (this.folding.kind !== 'projection') return;
    if (!this.hasAsked) await this.askAtStart(plan);
    this.hasAsked = true;
    if (await this.rebuild.go(plan)) this.wakeUp.ring();
  }

  /**
   * Asks only once, at its start, so that two builds that disagree do not keep replacing each other's rows. The process
   * that was started last wins.
   */
  private async askAtStart({ revision, partitions, rebuild }: WorkPlan): Promise<void> {
    const { folding, parts } = this;
    if (revision === folding.revision && partitions === folding.partitions) return;
    if (isNewer(revision, folding.revision)) {
      this.logger.warn(
        `The rows are of revision ${revision}; this build has ${folding.revision} and leaves them to a newer one`,
      );
      return;
    }
    if (rebuild?.revision === folding.revision && rebuild.partitions === folding.partitions) return;
    if (rebuild !== null) await parts.rebuilds.cancel(folding);
    if (await parts.rebuilds.begin(folding)) {
      this.logger.log(`The rows are of revision ${revision}: rebuilding them for ${folding.revision}`);
    }
  }
}
