import { Injectable } from '@nestjs/common';

/** What became of an event that was given to the log. */
export interface VerdictOnEvent {
  verdict: 'appended' | 'duplicate' | 'conflict' | 'repeated';
  /** When it was recorded. */
  timestamp?: Date | null;
}

/** What a turn folds: `build` tells the rows that queries see from those of a rebuild. */
export interface TurnSubject {
  projection: string;
  build: 'live' | 'rebuild';
}

/**
 * Whoever measures what the core does. Each member is called where the thing happens, in the way of the work: it counts
 * and returns. Members that are not there are not missed.
 */
export interface TelemetryObserver {
  /** An append was answered, `seconds` after it was asked for. In a caller's transaction it is not committed yet. */
  appended?(verdicts: readonly VerdictOnEvent[], seconds: number): void;
  /** An append of so many events has failed; of those whose connection was lost nobody knows. */
  appendFailed?(events: number, seconds: number): void;
  /** A batch leaves for the database: a commit that these appends share. */
  batchSent?(appends: number, events: number): void;
  /** An aggregate was not at the version that a command had decided on. */
  conflictMet?(): void;
  /** A command decides again, on a fresh state. */
  decidedAgain?(): void;
  /** A projection's turn has folded events and is committed. */
  turnFolded?(subject: TurnSubject, events: number, seconds: number): void;
  /** A projection's turn was rolled back. */
  turnFailed?(subject: TurnSubject): void;
}

/**
 * The one place where the core tells what it does, of one application. It knows no format and no library: who wants
 * metrics observes. With nobody there, an append pays 0.1 us, nearly all of it for the clock.
 */
@Injectable()
export class Telemetry implements Required<TelemetryObserver> {
  private observers: readonly TelemetryObserver[] = [];

  /** Returns the function that ends the observation. */
  observe(observer: TelemetryObserver): () => void {
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

  /** Does the work of an append, and tells what came of it and how long it took. */
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
}
