import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { backOffDelay } from '../../background/retry.js';
import { WakeUp } from '../../background/wake-up.js';
import { LogWatch } from '../../log/arrival/log-watch.js';
import { ResolvedOptions } from '../../options.js';
import { Database } from '../../postgres/database.js';
import { ErasureService } from './erasure-service.js';
import type { Waiting } from './erasure-step.js';
import { ErasureSteps } from './erasure-steps.js';
import { insertStep, selectRunning, takeErasure, updateToDone } from './erasures.sql.js';

/** How long it waits for news while nothing is left, in ms. It hears of requests by `LogWatch`. */
const IDLE_MS = 60_000;
/** Pause before it looks again at steps that wait, in ms; it doubles up to 10 s. */
const LOOK_MS = 50;

/** What the work on an erasure came to. */
export type WorkOutcome = 'done' | Waiting | 'elsewhere';

/**
 * Works off the steps of erasures, in any process that folds. An erasure is taken by its row (`for update skip locked`)
 * for one step at a time. The step and its record commit together, so a process that dies leaves the erasure as it was
 * before that step, and another takes it at once.
 */
@Injectable()
export class ErasureWorker {
  private readonly logger = new Logger('Erasures');
  private readonly wakeUp = new WakeUp();
  private readonly ends: (() => void)[] = [];
  private stopping = false;
  private running: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly watch: LogWatch,
    private readonly steps: ErasureSteps,
    private readonly erasures: ErasureService,
    private readonly options: ResolvedOptions,
  ) {}

  /** Does nothing in a process without background work, or without a log. */
  start(): void {
    if (!this.options.projections || !this.options.hasLog) return;
    this.ends.push(this.erasures.onRequest(() => this.wakeUp.ring()));
    this.ends.push(this.watch.onErasures(({ isErasing }) => isErasing && this.wakeUp.ring()));
    this.running ??= this.loop();
  }

  /** Waits for the step under way. Can be called again. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const end of this.ends.splice(0)) end();
    this.wakeUp.ring();
    await this.running;
  }

  /** Does what can be done now. @returns whether something is left */
  async work(): Promise<boolean> {
    let isLeft = false;
    for (const id of await selectRunning(this.database.statements, this.options)) {
      if (this.stopping) return true;
      if ((await this.workOn(id)) !== 'done') isLeft = true;
    }
    return isLeft;
  }

  /** Does the steps of one erasure that can be done now. */
  async workOn(id: string): Promise<WorkOutcome> {
    for (;;) {
      const outcome = await this.database.transaction((manager) => this.nextStep(manager, id));
      if (outcome !== 'stepped' || this.stopping) return outcome === 'stepped' ? 'elsewhere' : outcome;
    }
  }

  private async nextStep(manager: EntityManager, id: string): Promise<WorkOutcome | 'stepped'> {
    const erasure = await takeErasure(manager, this.options, id);
    if (erasure === undefined) return 'elsewhere';
    const steps = await this.steps.all(manager);
    const next = steps.find(({ place }) => !erasure.places.includes(place));
    if (next === undefined) {
      await this.steps.sweep(manager, erasure);
      await updateToDone(manager, this.options, id);
      return 'done';
    }
    const outcome = await next.run(manager, erasure);
    if ('waitsFor' in outcome) return outcome;
    await insertStep(manager, this.options, id, { place: next.place, ...outcome });
    return 'stepped';
  }

  private async loop(): Promise<void> {
    let looks = 0;
    while (!this.stopping) {
      const isLeft = await this.work().catch((error: Error) => {
        this.logger.warn(`An erasure goes on later: ${error.message}`);
        return true;
      });
      looks = isLeft ? looks + 1 : 0;
      await this.wakeUp.wait(isLeft ? backOffDelay(looks + 1, LOOK_MS) : IDLE_MS);
    }
  }
}
