import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { ResolvedOptions } from '../../options.js';
import { Database } from '../../postgres/database.js';
import { sqlStateOf } from '../../postgres/sql-state.js';
import { endProcess, reportProcess } from './processes.sql.js';
import { endWork, reportWork, type WorkerReport } from './workers.sql.js';

/** How often a process that folds checks whether it has something new to report, in ms. */
const LOOK_MS = 100;

/** `insufficient_privilege`: the role of a process that only reads. */
const DENIED = '42501';

/**
 * The signs of life of this process, with what it folds. One statement sends all of them: at once when something has
 * changed, else each `reportIntervalMs`. A process that folds nothing has nothing that changes.
 */
@Injectable()
export class Heartbeat {
  /** The id of this process in the table of processes. */
  readonly id = randomUUID();
  private reports: () => readonly WorkerReport[] = () => [];
  private isFolding = false;
  private timer: NodeJS.Timeout | undefined;
  private last = { text: '', at: -Infinity, sending: Promise.resolve() };

  constructor(
    private readonly database: Database,
    private readonly options: ResolvedOptions,
  ) {}

  /** @param reports what it folds; none for a process that folds nothing */
  start(reports?: () => readonly WorkerReport[]): void {
    this.isFolding = reports !== undefined;
    if (reports !== undefined) this.reports = reports;
    this.beat();
    this.timer = setInterval(() => this.beat(), this.isFolding ? LOOK_MS : this.options.reportIntervalMs);
    this.timer.unref();
  }

  /** Waits for the last report, and takes it back. Can be called again. */
  async stop(): Promise<void> {
    if (this.timer === undefined) return;
    clearInterval(this.timer);
    await this.last.sending;
    const { statements } = this.database;
    if (this.isFolding) await endWork(statements, this.options, this.id).catch(() => undefined);
    await endProcess(statements, this.options, this.id).catch(() => undefined);
  }

  /** A failure is ignored, because the next report comes soon. */
  private beat(): void {
    const reports = this.reports();
    const text = JSON.stringify(reports);
    const at = performance.now();
    const isDue = !this.isFolding || at - this.last.at >= this.options.reportIntervalMs;
    if (text === this.last.text && !isDue) return;
    this.last = { text, at, sending: this.send(reports).catch((error: unknown) => this.failed(error)) };
  }

  private send(reports: readonly WorkerReport[]): Promise<void> {
    const { processName: name, build } = this.options;
    const process = { id: this.id, name, build, age: performance.now() / 1_000 };
    const { statements } = this.database;
    if (!this.isFolding) return reportProcess(statements, this.options, process);
    return reportWork(statements, this.options, process, reports);
  }

  /** A role that may only read is not given the right meanwhile, and each try is an error in the log of the server. */
  private failed(error: unknown): void {
    if (!this.isFolding && sqlStateOf(error) === DENIED) clearInterval(this.timer);
  }
}
