import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type ProjectionLag, ProjectionStatuses, soon } from '../../event-sourcing/for-service.js';
import { LogClock, Telemetry, type TelemetryObserver } from '../../event-sourcing/index.js';
import { Latencies } from './latencies.js';

/** The figures of a few seconds. Those of commands are of this process, and those of the log are of all. */
export interface Sample {
  at: string;
  /** Position of the last event; null while the database was not asked, or did not answer. */
  head: number | null;
  /** Null without the head of this sample or of the one before. */
  eventsPerSecond: number | null;
  commandsPerSecond: number;
  /** Null without commands. */
  p50Ms: number | null;
  p99Ms: number | null;
  conflictsPerSecond: number;
  /** Age of the oldest event that is not folded, by projection. */
  lagSeconds: Record<string, number>;
}

/** How far the log and the projections were. */
interface LogProgress {
  head: number;
  /** On the clock of `performance.now()`. */
  at: number;
  lags: readonly ProjectionLag[];
}

/** The interval of samples in ms, and how many are kept: 15 minutes. */
const EVERY_MS = 5_000;
const KEPT = 180;

/** How long the database is asked after the last look at the overview, in ms. */
const WATCHED_MS = 20 * 60_000;

/**
 * The samples of the last 15 minutes, in the memory of this process. They cost an append two additions and a logarithm.
 * The database is asked only while there are operators who look: one statement for each sample.
 */
@Injectable()
export class Samples implements TelemetryObserver, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly kept: Sample[] = [];
  private readonly latencies = new Latencies();
  private conflicts = 0;
  private takenAt = performance.now();
  private lastProgress: LogProgress | undefined;
  private watchedUntil = -Infinity;
  private timer: NodeJS.Timeout | undefined;
  private endObservation: (() => void) | undefined;

  constructor(
    private readonly telemetry: Telemetry,
    private readonly statuses: ProjectionStatuses,
    private readonly logClock: LogClock,
  ) {}

  /** The oldest first. */
  get all(): readonly Sample[] {
    return this.kept;
  }

  /** An operator looks. */
  watch(): void {
    this.watchedUntil = performance.now() + WATCHED_MS;
  }

  appended(_verdicts: unknown, seconds: number): void {
    this.latencies.add(seconds);
  }

  conflictMet(): void {
    this.conflicts++;
  }

  onApplicationBootstrap(): void {
    this.endObservation = this.telemetry.observe(this);
    this.timer = setInterval(() => void this.take(), EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.endObservation?.();
  }

  /** Takes a sample now. The application takes one every 5 s. */
  async take(): Promise<void> {
    const ofProcess = this.measure();
    const progress = performance.now() < this.watchedUntil ? await soon(this.progress()) : undefined;
    this.kept.push({ ...ofProcess, ...this.ofLog(progress) });
    if (this.kept.length > KEPT) this.kept.shift();
  }

  /** Every projection knows the head of the log, so only a store without any is asked for it. */
  private async progress(): Promise<LogProgress> {
    const lags = await this.statuses.lags();
    const head = lags[0]?.logPosition ?? (await this.logClock.end()).position;
    return { head, at: performance.now(), lags };
  }

  private measure() {
    const now = performance.now();
    const seconds = Math.max(now - this.takenAt, 1) / 1_000;
    const { latencies, conflicts } = this;
    const measured = {
      at: new Date().toISOString(),
      commandsPerSecond: rateOf(latencies.count, seconds),
      p50Ms: latencies.quantileMs(0.5),
      p99Ms: latencies.quantileMs(0.99),
      conflictsPerSecond: rateOf(conflicts, seconds),
    };
    latencies.clear();
    this.conflicts = 0;
    this.takenAt = now;
    return measured;
  }

  private ofLog(now: LogProgress | undefined) {
    const before = this.lastProgress;
    this.lastProgress = now;
    const lags = now?.lags ?? [];
    return {
      head: now?.head ?? null,
      eventsPerSecond: now && before ? growthBetween(before, now) : null,
      lagSeconds: Object.fromEntries(lags.map(({ name, lagSeconds }) => [name, round(lagSeconds)])),
    };
  }
}

const growthBetween = (before: LogProgress, now: LogProgress) =>
  rateOf(now.head - before.head, (now.at - before.at) / 1_000);

const rateOf = (count: number, seconds: number) => round(Math.max(count, 0) / seconds);
const round = (value: number) => Math.round(value * 10) / 10;
