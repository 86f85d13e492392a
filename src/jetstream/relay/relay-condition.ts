import type { RelayReport, RelayState } from '../../event-sourcing/for-service.js';
import type { Comparison } from './comparison.js';
import { RELAY_LIFE, type RelayEvent } from './relay-life.js';

/** The state of a relay with its facts. */
export class RelayCondition {
  private state: RelayState = 'off';
  private position: number | null = null;
  private divergedAt: number | null = null;
  private reason: string | null = null;

  /**
   * @param stream its name
   * @param tell called at each change
   */
  constructor(
    private readonly stream: string,
    private readonly tell: (report: RelayReport) => void,
  ) {}

  get report(): RelayReport {
    const { state, position, divergedAt, reason } = this;
    return { state, position, divergedAt, reason };
  }

  started(): void {
    this.come('started', 'connecting');
  }

  /** The stream was compared with the log. */
  compared({ place, divergedAt }: Comparison): void {
    this.position = place.position;
    this.divergedAt = divergedAt ?? null;
    if (divergedAt === undefined) this.come('agreed', null);
    else this.come('differed', `${this.stream} has other events than the log from position ${divergedAt} on`);
  }

  /** The stream has all events up to this position. Acknowledgements may come out of order. */
  reached(position: number): void {
    this.position = Math.max(this.position ?? 0, position);
  }

  failed({ message }: Error): void {
    this.come('failed', this.state === 'diverged' ? this.reason : message);
  }

  stopped(): void {
    this.come('stopped', null);
  }

  private come(event: RelayEvent, reason: string | null): void {
    const { state, reason: before } = this;
    this.state = RELAY_LIFE[state][event];
    this.reason = reason;
    if (this.state !== state || reason !== before) this.tell(this.report);
  }
}
