import type { Service } from '../service.js';
import type { StopRequest } from './stop-request.js';

/** The process ends after this time, in ms, even if the stop has not ended. */
const STOP_WITHIN_MS = 9_000;
/**
 * One Ctrl-C may arrive twice, from the terminal and from npm. A later signal counts as another request after this
 * time, in ms.
 */
const SAME_REQUEST_MS = 500;

/**
 * The states of the service's process:
 *
 * - `starting`: it does not listen yet. A stop in this state ends the current step of the start: a wait for the
 *   database, `initdb`, or a migration, whose transaction is rolled back.
 * - `running`: it listens.
 * - `stopping`: it says that it is not ready, for `SHUTDOWN_DELAY_MS`. Then it takes nothing new, finishes what is
 *   under way, and stops the database that it has started.
 * - `stopped`: nothing is left, and the process ends with its exit code.
 */
export type LifeState = 'starting' | 'running' | 'stopping' | 'stopped';

/** A start that fails leads to `stopped`. A stop does so, too, whether it succeeds or not. */
const TRANSITIONS: Record<LifeState, readonly LifeState[]> = {
  starting: ['running', 'stopping', 'stopped'],
  running: ['stopping'],
  stopping: ['stopped'],
  stopped: [],
};

/** The reports about the life of the service. */
export interface LifeReport {
  ready(url: string): void;
  stopping(request: StopRequest): void;
  /** A further request came; the stop ends within so many ms. */
  stillStopping(withinMs: number): void;
  stopped(): void;
  /** The start or the stop failed. */
  failed(error: unknown): void;
}

/** The life of the service, from the start of its process to the exit code. */
export class ServiceLife {
  private current: LifeState = 'starting';
  private stopBy = Infinity;
  /** The time limit of the stop, in ms. */
  private stopWithinMs = STOP_WITHIN_MS;
  private drainMs = 0;
  private readonly leaving = new AbortController();
  private readonly left = new Promise<void>((resolve) => {
    this.leaving.signal.addEventListener('abort', () => resolve());
  });

  constructor(private readonly report: LifeReport) {}

  get state(): LifeState {
    return this.current;
  }

  /**
   * @param start begins the service; the signal ends it, with a `StopRequest` as its reason
   * @returns the exit code: 0 after a stop, also in the middle of work; 1 after a failure
   */
  async live(start: (signal: AbortSignal) => Promise<Service>): Promise<number> {
    try {
      await Promise.race([this.startAndStop(start), this.overdue()]);
      this.report.stopped();
      return (this.leaving.signal.reason as StopRequest).exitCode;
    } catch (error) {
      this.report.failed(error);
      return 1;
    } finally {
      this.become('stopped');
    }
  }

  /** Only the first request counts. */
  stop(request: StopRequest): void {
    if (this.current === 'starting' || this.current === 'running') {
      // A process with an uncaught error should not take further requests.
      if (request.exitCode !== 0) this.drainMs = 0;
      this.stopWithinMs = STOP_WITHIN_MS + this.drainMs;
      this.stopBy = performance.now() + this.stopWithinMs;
      this.become('stopping');
      this.report.stopping(request);
      this.leaving.abort(request);
    } else if (this.stopWithinMs - this.msLeft > SAME_REQUEST_MS) {
      this.report.stillStopping(this.msLeft);
    }
  }

  private async startAndStop(start: (signal: AbortSignal) => Promise<Service>): Promise<void> {
    const { signal } = this.leaving;
    const service = await start(signal).catch((error: unknown) => {
      if (!signal.aborted || error !== signal.reason) throw error;
    });
    if (service === undefined) return;
    if (!signal.aborted) {
      this.drainMs = service.drainMs;
      this.become('running');
      this.report.ready(service.url);
    }
    await this.left;
    if (this.drainMs > 0) await service.drain();
    await service.stop(this.msLeft);
  }

  /** Waits for the time limit of the stop. @throws Error when the stop takes too long */
  private async overdue(): Promise<never> {
    await this.left;
    await new Promise((resolve) => setTimeout(resolve, this.msLeft));
    throw new Error('The stop took too long and was cut off.');
  }

  private become(state: LifeState): void {
    if (!TRANSITIONS[this.current].includes(state)) {
      throw new Error(`A service that is ${this.current} cannot become ${state}.`);
    }
    this.current = state;
  }

  private get msLeft(): number {
    return this.stopBy - performance.now();
  }
}
