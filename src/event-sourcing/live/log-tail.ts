import { Inject, Injectable, Logger } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { backOffDelay } from '../background/retry.js';
import { WakeUp } from '../background/wake-up.js';
import type { StoredEvent } from '../event/domain-event.js';
import { EventRegistry } from '../event/event-registry.js';
import { LogListener } from '../log/arrival/log-listener.js';
import { LogSignal } from '../log/arrival/log-signal.js';
import { LogWatch } from '../log/arrival/log-watch.js';
import { LOG_SOURCE, type LogSource } from '../log/source/log-source.js';
import { ResolvedOptions } from '../options.js';
import { Database } from '../postgres/database.js';
import { LiveLog } from './live-log.js';
import type { LogPart } from './next-events.sql.js';
import { RecentEvents } from './recent-events.js';

/** The shortest time between two looks at a log that has no more events, in ms: a busy log is read in larger parts. */
const PAUSE_MS = 200;

/** Takes each part of the log, in order, while it is a listener of the tail. */
export interface TailListener {
  take(part: LogPart): void;
}

/**
 * The one reader of a process that follows the end of the log, for all its subscribers. It reads while it has
 * listeners, and begins at the end that the log has when the first one comes.
 *
 * A failure is waited for: events are handed out once the database answers again. After a failover the log may be
 * shorter. Then the reader goes on at its new end.
 */
@Injectable()
export class LogTail {
  readonly log: LiveLog;

  private readonly listeners = new Set<TailListener>();
  private readonly recent = new RecentEvents();
  private readonly wakeUp = new WakeUp();
  private readonly logger = new Logger('Live feed');
  /** The loop must not run in the transaction, the message or the trace of the request that begins it. */
  private readonly outside = AsyncLocalStorage.snapshot();
  /** All events up to here were handed out; undefined without listeners. */
  private handedOut: number | undefined;
  private opening: Promise<void> | undefined;
  private hasLostConnection = false;
  private hasWarned = false;
  private stopping = false;
  private running: Promise<void> | undefined;
  private unsubscribe: (() => void)[] = [];

  constructor(
    private readonly database: Database,
    private readonly signal: LogSignal,
    private readonly watch: LogWatch,
    private readonly listener: LogListener,
    options: ResolvedOptions,
    private readonly registry: EventRegistry,
    @Inject(LOG_SOURCE) private readonly source: LogSource,
  ) {
    this.log = new LiveLog(database, options, source);
  }

  /** The position up to which events were handed out. Only a listener may ask. */
  get position(): number {
    return this.handedOut ?? 0;
  }

  /** The events after a position that were handed out; undefined when some of them are no longer kept. */
  since(position: number): StoredEvent[] | undefined {
    return position >= this.position ? [] : this.recent.after(position);
  }

  /** Resolves when the listener gets all later events. @throws when the end of the log cannot be read */
  async join(listener: TailListener): Promise<void> {
    this.listeners.add(listener);
    if (this.stopping) return;
    this.begin();
    if (this.handedOut !== undefined) return;
    this.opening ??= this.open().finally(() => (this.opening = undefined));
    await this.opening;
  }

  leave(listener: TailListener): void {
    this.listeners.delete(listener);
    if (this.listeners.size > 0) return;
    this.handedOut = undefined;
    this.recent.clear();
  }

  /** Can be called again. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const end of this.unsubscribe) end();
    this.wakeUp.ring();
    await this.running;
  }

  private begin(): void {
    if (this.running !== undefined) return;
    this.unsubscribe = [
      this.signal.subscribe(() => this.wakeUp.ring()),
      this.database.onConnectionLost(() => (this.hasLostConnection = true)),
    ];
    this.outside(() => {
      this.watch.start();
      this.listener.start();
      this.source.start();
      this.running = this.loop();
    });
  }

  private async open(): Promise<void> {
    const head = await this.log.head();
    if (this.listeners.size > 0) this.handedOut ??= head;
    this.wakeUp.ring();
  }

  private async loop(): Promise<void> {
    for (let failures = 0; !this.stopping;) {
      try {
        const isBehind = await this.readOn();
        failures = 0;
        this.hasWarned = false;
        if (!isBehind) await this.rest();
      } catch (error) {
        this.warn(error as Error);
        await this.wakeUp.pause(backOffDelay(++failures, 100), () => this.stopping);
      }
    }
  }

  /** @returns whether there may be more events already */
  private async readOn(): Promise<boolean> {
    if (this.handedOut === undefined) return false;
    if (this.hasLostConnection) await this.findEnd();
    const after = this.position;
    const part = await this.log.next(after);
    await this.registry.prepare(part.events);
    if (part.upTo === after || this.handedOut !== after) return false;
    this.recent.add(part);
    this.handedOut = part.upTo;
    for (const listener of this.listeners) listener.take(part);
    return true;
  }

  /** Another server may answer now, and may lack the last events. */
  private async findEnd(): Promise<void> {
    const head = await this.log.head();
    this.hasLostConnection = false;
    if (this.handedOut === undefined || head >= this.handedOut) return;
    this.handedOut = head;
    this.recent.clear();
  }

  private async rest(): Promise<void> {
    await this.wakeUp.pause(PAUSE_MS, () => this.stopping);
    await this.wakeUp.wait(this.watch.idleMs);
  }

  private warn({ message }: Error): void {
    if (!this.hasWarned) this.logger.warn(`The log cannot be read, trying again: ${message}`);
    this.hasWarned = true;
  }
}
