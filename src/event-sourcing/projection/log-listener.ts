import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { LogSignal } from '../log-signal.js';
import { ResolvedOptions } from '../options.js';
import { clientBeside, poolOf } from '../postgres/pool.js';
import { backOffDelay } from '../retry.js';
import { WakeUp } from './wake-up.js';

/**
 * One connection per process that listens for "the log has grown". It is a hint: while it is down, or behind a pooler
 * that swallows it, projections find new events by polling, a little later.
 */
@Injectable()
export class LogListener {
  /** Whether notifications arrive at the moment. */
  connected = false;

  private readonly logger = new Logger('Log listener');
  private readonly wakeUp = new WakeUp();
  private readonly channel: string;
  private lost: Error | undefined;
  private stopping = false;
  private running: Promise<void> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly signal: LogSignal,
    options: ResolvedOptions,
  ) {
    this.channel = options.logChannel;
  }

  start(): void {
    this.running ??= this.loop();
  }

  /** Closes the connection. Can be called again. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wakeUp.ring();
    await this.running;
  }

  private async loop(): Promise<void> {
    for (let attempt = 1; !this.stopping; attempt++) {
      try {
        await this.listen(() => (attempt = 0));
      } catch (error) {
        if (this.stopping) return;
        this.logger.warn(`No notifications, polling instead: ${(error as Error).message}`);
        await this.wakeUp.pause(backOffDelay(attempt + 1, 250), () => this.stopping);
      }
    }
  }

  /** Returns when told to stop, throws when the connection is lost. */
  private async listen(onConnected: () => void): Promise<void> {
    const options = { application_name: 'eventfold listener', keepAlive: true };
    const client = clientBeside(poolOf(this.dataSource), options);
    this.lost = undefined;
    client.on('error', (error) => this.lose(error));
    client.on('end', () => this.lose(new Error('the connection was closed')));
    client.on('notification', () => this.signal.raise());
    try {
      await client.connect();
      await client.query(`listen ${client.escapeIdentifier(this.channel)}`);
      this.connected = true;
      onConnected();
      this.signal.raise(); // what was appended while nobody listened
      while (!this.stopping && this.lost === undefined) await this.wakeUp.wait(60_000);
      if (this.lost !== undefined && !this.stopping) throw this.lost;
    } finally {
      this.connected = false;
      await client.end().catch(() => undefined);
    }
  }

  private lose(error: Error): void {
    this.lost ??= error;
    this.wakeUp.ring();
  }
}
