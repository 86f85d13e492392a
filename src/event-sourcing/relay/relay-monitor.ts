import { Injectable } from '@nestjs/common';
import { ResolvedOptions } from '../options.js';
import { Database } from '../postgres/database.js';
import type { RelayState } from './relay-states.js';
import { selectBehind } from './relay-status.sql.js';

/** What a relay knows of itself. */
export interface RelayReport {
  state: RelayState;
  /** Position of the last event in the stream; null while it is not known. */
  position: number | null;
  /** The first position at which the stream has another event than the log; null unless it has diverged. */
  divergedAt: number | null;
  /** The reason for the state, in words; null when there is none. */
  reason: string | null;
}

export interface RelayStatus extends RelayReport {
  /** Position of the last event of the log. */
  logPosition: number;
  /** Age of the oldest event that is not in the stream, in seconds; null while the position is not known. */
  lagSeconds: number | null;
}

/** A relay of this process. */
export interface MonitoredRelay {
  readonly report: RelayReport;
  /** Looks at the stream now, publishes nothing, and needs no running relay. */
  examine(): Promise<RelayReport>;
}

const OFF: RelayReport = { state: 'off', position: null, divergedAt: null, reason: null };

/**
 * The place where operators, health and metrics find the relay of an event store. The relay itself is in a room that
 * loads the client of a broker; those who ask about it must not.
 */
@Injectable()
export class RelayMonitor {
  private relay: MonitoredRelay | undefined;

  constructor(
    private readonly database: Database,
    private readonly options: ResolvedOptions,
  ) {}

  /** Undefined when this process has none. */
  get report(): RelayReport | undefined {
    return this.relay?.report;
  }

  watch(relay: MonitoredRelay): void {
    this.relay = relay;
  }

  /** The relay of this process, compared with the log as it is now. */
  status(): Promise<RelayStatus> {
    return this.statusOf(this.report ?? OFF);
  }

  /** The stream as it is now, whether or not this process relays. */
  async examine(): Promise<RelayStatus> {
    return this.statusOf((await this.relay?.examine()) ?? OFF);
  }

  private async statusOf(report: RelayReport): Promise<RelayStatus> {
    const { head, age } = await selectBehind(this.database.statements, this.options, report.position ?? 0);
    return { ...report, logPosition: head, lagSeconds: report.position === null ? null : (age ?? 0) };
  }
}
