import { Injectable, Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Client, Notification } from 'pg';
import { DataSource } from 'typeorm';
import { ACT } from './log-notifier.js';
import { LogSignal } from './log-signal.js';
import { timerIn } from './timer-notification.js';
import { ResolvedOptions } from '../../options.js';
import { endWithin } from '../../postgres/client-socket.js';
import { clientBeside, poolOf, reportLoss } from '../../postgres/pool.js';
import { backOffDelay } from '../../background/retry.js';
import { WakeUp } from '../../background/wake-up.js';

/** How long closing the connection may take, in ms. */
const GOODBYE_MS = 1_000;

/**
 * `disconnected`: there is no connection. `unproven`: there is a connection, but notifications are not known to arrive,
 * or known not to, as behind a pooler. `proven`: the last notification that this process sent to itself has arrived.
 */
export type ListenerState = 'disconnected' | 'unproven' | 'proven';

/**
 * One connection per process that listens for "the log has grown". It is a hint. While it is down, or behind a pooler
 * that swallows notifications, projections find new events by polling, a little later. `LogWatch` proves that it works.
 */
@Injectable()
export class LogListener {
  /** A channel of this process alone: its proofs disturb no other process. */
  readonly ownChannel = `eventfold_${randomUUID()}`;
  state: ListenerState = 'disconnected';

  private readonly logger = new Logger('Log listener');
  private readonly wakeUp = new WakeUp();
  private client: Client | undefined;
  private proof: { value: string; arrived: (is: boolean) => void } | undefined;
  private tellNews: () => void = () => undefined;
  private tellTimer: (inMs: number) => void = () => undefined;
  private readonly payloadListeners = new Set<(payload: string | undefined) => void>();
  private askingAlive: Promise<void> | undefined;
  private hasWarned = false;
  private lost: Error | undefined;
  private stopping = false;
  private running: Promise<void> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly signal: LogSignal,
    private readonly options: ResolvedOptions,
  ) {}

  /** Whether notifications are known to arrive now. */
  get connected(): boolean {
    return this.state === 'proven';
  }

  /** Whether it listens, or tries to. */
  get isRunning(): boolean {
    return this.running !== undefined && !this.stopping;
  }

  start(): void {
    this.running ??= this.loop();
  }

  /** Closes the connection. Can be called again. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.proof?.arrived(false);
    this.wakeUp.ring();
    await this.running;
  }

  /** Calls `listener` after each connect, and when another process reports an act on a projection. */
  onNews(listener: () => void): void {
    this.tellNews = listener;
  }

  /** Calls `listener` with the ms until a timer is due that another process has scheduled. */
  onTimer(listener: (inMs: number) => void): void {
    this.tellTimer = listener;
  }

  /**
   * Calls `listener` with what other processes tell; with undefined after each connect, since some may have been
   * missed.
   */
  onPayload(listener: (payload: string | undefined) => void): void {
    this.payloadListeners.add(listener);
  }

  /** Resolves to whether the proof arrives within `notifications.timeoutMs`. */
  hears(proof: string): Promise<boolean> {
    return new Promise((resolve) => {
      const arrived = (is: boolean) => {
        clearTimeout(timer);
        resolve(is);
      };
      const timer = setTimeout(() => resolve(false), this.options.notifications.timeoutMs);
      this.proof = { value: proof, arrived };
    });
  }

  /**
   * Handles a proof that has arrived, or has not. Without it the server is asked to listen again, which tells whether
   * the connection is alive.
   */
  handleProof(hasArrived: boolean): void {
    if (this.client === undefined || this.stopping) return;
    this.become(hasArrived ? 'proven' : 'unproven');
    if (hasArrived) {
      this.hasWarned = false;
      return;
    }
    this.warn('none of its own has arrived; a pooler in transaction mode swallows them');
    this.askingAlive ??= this.listenOn(this.client)
      .catch((error: Error) => this.lose(error))
      .finally(() => (this.askingAlive = undefined));
  }

  /** Changes the state. When notifications are no longer reliable, it wakes all who relied on them. */
  private become(state: ListenerState): void {
    const wasProven = this.connected;
    this.state = state;
    if (wasProven && !this.connected) this.signal.raise();
  }

  private async loop(): Promise<void> {
    for (let attempt = 1; !this.stopping; attempt++) {
      try {
        await this.listen(() => (attempt = 0));
      } catch (error) {
        if (this.stopping) return;
        this.hasWarned = false;
        this.warn((error as Error).message);
        await this.wakeUp.pause(backOffDelay(attempt + 1, 250), () => this.stopping);
      }
    }
  }

  /** Returns after `stop`; throws when the connection is lost. */
  private async listen(onConnected: () => void): Promise<void> {
    const query_timeout = this.options.notifications.timeoutMs;
    const options = { application_name: 'eventfold listener', keepAlive: true, query_timeout };
    const client = clientBeside(poolOf(this.dataSource), options);
    this.lost = undefined;
    client.on('error', (error) => this.lose(error));
    client.on('end', () => this.lose(new Error('the connection was closed')));
    client.on('notification', (notification) => this.hear(notification));
    try {
      await client.connect();
      await this.listenOn(client);
      this.client = client;
      this.become('unproven');
      onConnected();
      this.signal.raise(); // for events that were appended while it was not listening
      this.tellNews();
      this.tell(undefined);
      while (!this.stopping && this.lost === undefined) await this.wakeUp.wait(60_000);
      if (this.lost !== undefined && !this.stopping) throw this.lost;
    } finally {
      this.client = undefined;
      this.become('disconnected');
      await endWithin(client, GOODBYE_MS);
    }
  }

  private async listenOn(client: Client): Promise<void> {
    const channels = [this.options.logChannel, this.ownChannel];
    await client.query(channels.map((channel) => `listen ${client.escapeIdentifier(channel)}`).join('; '));
  }

  private hear({ channel, payload }: Notification): void {
    const inMs = timerIn(payload);
    if (inMs !== undefined) this.tellTimer(inMs);
    else if (channel !== this.ownChannel) {
      this.signal.raise();
      if (payload === ACT) this.tellNews();
      else if (payload !== undefined && payload !== '') this.tell(payload);
    } else if (payload === this.proof?.value) this.proof?.arrived(true);
  }

  private tell(payload: string | undefined): void {
    for (const listener of this.payloadListeners) listener(payload);
  }

  private warn(reason: string): void {
    if (!this.hasWarned) this.logger.warn(`No notifications, polling instead: ${reason}`);
    this.hasWarned = true;
  }

  private lose(error: Error): void {
    this.lost ??= error;
    if (!this.stopping) reportLoss(this.dataSource);
    this.proof?.arrived(false);
    this.wakeUp.ring();
  }
}
