/**
 * The states of an intake:
 *
 * - `off`: it does not run in this process
 * - `connecting`: it looks for the cluster, the stream and the consumer
 * - `running`: it takes messages as they come
 * - `waiting`: the cluster, the stream, the consumer or the database is away; it tries again, with growing pauses
 * - `stopping`: it takes nothing new, and finishes the batch under way
 * - `stopped`: nothing is left
 */
export type IntakeState = keyof typeof TRANSITIONS;

const TRANSITIONS = {
  off: ['connecting'],
  connecting: ['running', 'waiting', 'stopping'],
  running: ['waiting', 'stopping'],
  waiting: ['connecting', 'running', 'stopping'],
  stopping: ['stopped'],
  stopped: [],
} as const satisfies Record<string, readonly string[]>;

/** The state of an intake, and what it waits for. */
export class IntakeLife {
  private current: IntakeState = 'off';
  private reason: string | undefined;

  get state(): IntakeState {
    return this.current;
  }

  /** What a waiting intake waits for, in words; undefined in other states. */
  get waitingFor(): string | undefined {
    return this.current === 'waiting' ? this.reason : undefined;
  }

  get isEnding(): boolean {
    return this.current === 'stopping' || this.current === 'stopped';
  }

  /** Keeps its state when it is ending: a failure or a success of the last batch changes nothing. */
  goOn(state: 'connecting' | 'running'): void {
    if (!this.isEnding && this.current !== state) this.become(state);
  }

  /** @returns whether it is news */
  waitFor(reason: string): boolean {
    if (this.isEnding) return false;
    const isNews = this.current !== 'waiting' || this.reason !== reason;
    if (this.current !== 'waiting') this.become('waiting');
    this.reason = reason;
    return isNews;
  }

  /** @throws Error when the table has no such transition */
  become(state: IntakeState): void {
    if (!(TRANSITIONS[this.current] as readonly string[]).includes(state)) {
      throw new Error(`An intake that is ${this.current} cannot become ${state}.`);
    }
    this.current = state;
  }
}
