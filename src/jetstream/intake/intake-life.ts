import type { IntakeState } from '../../event-sourcing/for-service.js';

const TRANSITIONS: Record<IntakeState, readonly IntakeState[]> = {
  off: ['connecting'],
  connecting: ['running', 'waiting', 'stopping'],
  running: ['waiting', 'stopping'],
  waiting: ['connecting', 'running', 'stopping'],
  stopping: ['stopped'],
  stopped: [],
};

/** The state of an intake, and what it waits for. */
export class IntakeLife {
  private current: IntakeState = 'off';
  private reason = '';

  get state(): IntakeState {
    return this.current;
  }

  /** What a waiting intake waits for, in words; null in other states. */
  get waitingFor(): string | null {
    return this.current === 'waiting' ? this.reason : null;
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
    if (!TRANSITIONS[this.current].includes(state)) {
      throw new Error(`An intake that is ${this.current} cannot become ${state}.`);
    }
    this.current = state;
  }
}
