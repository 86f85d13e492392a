import { Injectable } from '@nestjs/common';

/**
 * The state of an intake, in one word:
 *
 * - `off`: it does not run in this process
 * - `connecting`: it looks for the cluster, the stream and the consumer
 * - `running`: it takes messages as they come
 * - `waiting`: the cluster, the stream, the consumer or the database is away; it tries again, with growing pauses
 * - `stopping`: it takes nothing new, and finishes the batch under way
 * - `stopped`: nothing is left
 */
export type IntakeState = 'off' | 'connecting' | 'running' | 'waiting' | 'stopping' | 'stopped';

/** What the intake of a process has done with messages since its start. */
export interface IntakeCounts {
  /** Messages whose event was appended. */
  appended: number;
  /** Messages whose event was in the log already. */
  duplicate: number;
  /** Messages that were kept among the rejected ones. */
  rejected: number;
  /** Messages that failed for another reason than their content. They come again. */
  failed: number;
}

/** What an intake knows of itself. */
export interface IntakeReport {
  state: IntakeState;
  /** What it waits for, in words; null in other states. */
  waitingFor: string | null;
  /** Messages that wait at the broker, by the last message or look of this process; null before the first look. */
  pending: number | null;
  /** Messages in the memory of the process. */
  held: number;
  messages: Readonly<IntakeCounts>;
}

/**
 * The place where health and metrics find the intake of an event store. The intake itself is in a room that loads the
 * client of a broker; those who ask about it must not.
 */
@Injectable()
export class IntakeMonitor {
  private intake: { readonly report: IntakeReport } | undefined;

  /** Undefined when this process has none. */
  get report(): IntakeReport | undefined {
    return this.intake?.report;
  }

  watch(intake: { readonly report: IntakeReport }): void {
    this.intake = intake;
  }
}
