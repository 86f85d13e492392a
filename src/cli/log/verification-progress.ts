import type { Verification } from '../../event-sourcing/index.js';
import { ProgressBar } from '../terminal/progress-bar.js';
import type { Terminal } from '../terminal/terminal.js';

const FORMAT = 'Verifying {bar} {percentage}%  {value}/{total} events, {rate}/s, {eta_formatted} left';

export class VerificationProgress {
  /** The position that it has reached. */
  soFar: Verification | undefined;

  private readonly start = performance.now();
  private readonly bar: ProgressBar;

  /** @param from the position after which it begins */
  constructor(
    terminal: Terminal,
    private readonly from = 0,
  ) {
    this.bar = new ProgressBar(terminal, FORMAT);
  }

  show(soFar: Verification): void {
    this.soFar = { ...soFar };
    const rate = soFar.events / ((performance.now() - this.start) / 1_000);
    this.bar.show(soFar.events, soFar.head - this.from, { rate: Math.round(rate).toLocaleString('en') });
  }

  stop(): void {
    this.bar.stop();
  }
}
