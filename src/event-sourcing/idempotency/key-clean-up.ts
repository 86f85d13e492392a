import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock.js';
import { ResolvedOptions } from '../options.js';
import { WakeUp } from '../background/wake-up.js';
import { deleteExpired } from './idempotency-keys.sql.js';
import { Database } from '../postgres/database.js';

/** Most keys that one transaction deletes: few, so that it is short and blocks no other. */
const BATCH = 1_000;

/** Deletes expired idempotency keys, in the background. */
@Injectable()
export class KeyCleanUp {
  private readonly logger = new Logger('Idempotency keys');
  private readonly wakeUp = new WakeUp();
  private readonly table: string;
  private stopping = false;
  private running: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly options: ResolvedOptions,
  ) {
    this.table = options.qualified('idempotency_keys');
  }

  /** Does nothing in a process without background work, or without a log. */
  start(): void {
    if (this.options.projections && this.options.hasLog) this.running ??= this.loop();
  }

  /** Waits for the running deletion. Can be called again. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wakeUp.ring();
    await this.running;
  }

  /** Deletes all expired keys. */
  async deleteExpired(): Promise<void> {
    const expired = {
      hours: this.options.idempotencyKeyHours,
      limit: BATCH,
      now: this.clock.now(),
      commands: this.options.qualified('process_commands'),
    };
    while (!this.stopping) {
      if ((await deleteExpired(this.database.statements, this.table, expired)) < BATCH) return;
    }
  }

  private async loop(): Promise<void> {
    while (!this.stopping) {
      await this.deleteExpired().catch((error: Error) =>
        this.logger.warn(`Old keys stay for now: ${error.message}`),
      );
      await this.wakeUp.pause(this.options.idempotencyCleanUpMinutes * 60_000, () => this.stopping);
    }
  }
}
