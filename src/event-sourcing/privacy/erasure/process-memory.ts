import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { AggregateCache } from '../../aggregate/aggregate-cache.js';
import { LogWatch } from '../../log/arrival/log-watch.js';
import { ResolvedOptions } from '../../options.js';
import { Database } from '../../postgres/database.js';
import { KeyTrails } from '../../projection/explain/key-trails.js';
import { Heartbeat } from '../../projection/run/heartbeat.js';
import { type ErasureNews, selectNews } from './erasures.sql.js';
import { ErasureService } from './erasure-service.js';
import { updateSeen } from './process-memory.sql.js';

/** A load that was under way may still put a state of before into the cache: it is dropped this much later, in ms. */
const AGAIN_MS = 100;

/**
 * Drops what this process keeps in memory whenever a subject is erased, in whichever process that was requested, and
 * tells that in its sign of life. All states go, since nothing tells which are about the subject; the next command on
 * each reads its snapshot.
 *
 * A process that folds hears of it at once, or from the look of its `LogWatch`. Another process asks by itself.
 */
@Injectable()
export class ProcessMemory {
  private seen: number | undefined;
  private told = -1;
  private asking: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private readonly ends: (() => void)[] = [];

  constructor(
    private readonly database: Database,
    private readonly watch: LogWatch,
    private readonly heartbeat: Heartbeat,
    private readonly cache: AggregateCache,
    private readonly trails: KeyTrails,
    private readonly erasures: ErasureService,
    private readonly options: ResolvedOptions,
  ) {}

  /**
   * Resolves when it knows the erasures until now: later ones alone are news.
   *
   * @param folds whether the `LogWatch` of this process runs
   */
  async start(folds: boolean): Promise<void> {
    const { hasLog, requireTables, reportIntervalMs } = this.options;
    if (!hasLog || !requireTables) return; // without the check it only looks, as the command line does
    this.ends.push(this.erasures.onRequest(() => this.ask()));
    if (folds) this.ends.push(this.watch.onErasures((news) => this.hear(news)));
    this.timer = setInterval(() => this.ask(), folds ? 60_000 : reportIntervalMs);
    this.timer.unref();
    this.asking = selectNews(this.database.statements, this.options)
      .then((news) => this.begin(news))
      .catch(() => undefined); // the timer asks again
    await this.asking;
  }

  /** Waits for the running statement. Can be called again. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    for (const end of this.ends.splice(0)) end();
    await this.asking;
  }

  private ask(): void {
    const { statements } = this.database;
    this.asking = this.asking
      .then(() => selectNews(statements, this.options))
      .then((news) => this.tell(news))
      .catch(() => undefined); // it asks again
  }

  private hear(news: ErasureNews): void {
    this.asking = this.asking.then(() => this.tell(news)).catch(() => undefined);
  }

  /** No command is under way at the start of the process, and nothing is in memory. */
  private begin({ lastErasure: last }: ErasureNews): Promise<void> {
    this.drop();
    return this.acknowledge(last);
  }

  private async tell({ lastErasure: last }: ErasureNews): Promise<void> {
    if (this.seen !== last) {
      this.drop();
      await sleep(AGAIN_MS);
      this.drop();
    }
    await this.acknowledge(last);
  }

  private async acknowledge(last: number): Promise<void> {
    this.seen = last;
    if (this.told === last) return;
    const isTold = await updateSeen(this.database.statements, this.options, this.heartbeat.id, last);
    if (isTold) this.told = last;
  }

  private drop(): void {
    this.cache.clear();
    this.trails.clear();
  }
}
