import { Injectable } from '@nestjs/common';
import { requireArguments } from '../options/require-arguments.js';
import { isRecord } from '../options/resolve-options.js';

const OBSERVE = { observer: { says: 'an object', accepts: isRecord } };

/** The log's verdict on an event. */
export interface VerdictOnEvent {
  verdict: 'appended' | 'duplicate' | 'conflict' | 'repeated';
  /** The time at which it was recorded. */
  timestamp?: Date | null;
}

/**
 * The projection and the build of a turn: `live` rows are those that queries see, `rebuild` rows those of a rebuild.
 */
export interface TurnSubject {
  projection: string;
  build: 'live' | 'rebuild';
}

/**
 * An observer that measures the core. Each method is called synchronously where the thing happens, so it should only
 * count and return. All methods are optional.
 */
export interface TelemetryObserver {
  /** An append was answered, `seconds` after its call. In a caller's transaction it is not committed yet. */
  appended?(verdicts: readonly VerdictOnEvent[], seconds: number): void;
  /** An append of this many events has failed; after a lost connection its fate is unknown. */
  appendFailed?(events: number, seconds: number): void;
  /** A batch is sent to the database. Its appends share one commit. */
  batchSent?(appends: number, events: number): void;
  /** An aggregate was not at the version that a command had decided on. */
  conflictMet?(): void;
  /** A command decides again, on a fresh state. */
  decidedAgain?(): void;
  /** A projection's turn has folded events and is committed. */
  turnFolded?(subject: TurnSubject, events: number, seconds: number): void;
  /** A projection's turn was rolled back. */
  turnFailed?(subject: TurnSubject): void;
  /** The events of timers are committed: how long after each was due, in seconds, by the clock of the database. */
  timersFired?(lateSeconds: readonly number[]): void;
  /** A timer is set aside: its event could not be appended. */
  timerFailed?(): void;
}

/**
 * The one place where the core of one application reports what it does. It knows no format and no library: code that
 * wants metrics observes. Without an observer an append pays 0.1 us, nearly all of it for the clock.
 */
@Injectable()
export class Telemetry implements Required<TelemetryObserver> {
  private observers: readonly TelemetryObserver[] = [];

  /** Returns the function that ends the observation. */
  observe(observer: TelemetryObserver): () => void {
    requireArguments('Telemetry.observe', { observer }, OBSERVE);
    this.observers = [...this.observers, observer];
    return () => {
      this.observers = this.observers.filter((other) => other !== observer);
    };
  }

  appended(verdicts: readonly VerdictOnEvent[], seconds: number): void {
    for (const observer of this.observers) observer.appended?.(verdicts, seconds);
  }

  appendFailed(events: number, seconds: number): void {
    for (const observer of this.observers) observer.appendFailed?.(events, seconds);
  }

  /** Runs an append, and reports its result and duration. */
  async measureAppend<Verdicts extends readonly VerdictOnEvent[]>(
    events: number,
    append: () => Promise<Verdicts>,
  ): Promise<Verdicts> {
    const started = performance.now();
    const seconds = () => (performance.now() - started) / 1_000;
    try {
      const verdicts = await append();
      this.appended(verdicts, seconds());
      return verdicts;
    } catch (error) {
      this.appendFailed(events, seconds());
      throw error;
    }
  }

  batchSent(appends: number, events: number): void {
    for (const observer of this.observers) observer.batchSent?.(appends, events);
  }

  conflictMet(): void {
    for (const observer of this.observers) observer.conflictMet?.();
  }

  decidedAgain(): void {
    for (const observer of this.observers) observer.decidedAgain?.();
  }

  turnFolded(subject: TurnSubject, events: number, seconds: number): void {
    for (const observer of this.observers) observer.turnFolded?.(subject, events, seconds);
  }

  turnFailed(subject: TurnSubject): void {
    for (const observer of this.observers) observer.turnFailed?.(subject);
  }

  timersFired(lateSeconds: readonly number[]): void {
    for (const observer of this.observers) observer.timersFired?.(lateSeconds);
  }

  timerFailed(): void {
    for (const observer of this.observers) observer.timerFailed?.();
  }
}
