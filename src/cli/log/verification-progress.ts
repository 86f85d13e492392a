import type { SingleBar } from 'cli-progress';
import type { Verification } from '../../event-sourcing/index.js';
import { startBar } from '../terminal/progress-bar.js';

/** A bar on standard error, where that is a terminal: standard output is for the verdict. */
export class VerificationProgress {
  /** How far it has come. */
  soFar: Verification | undefined;

  private readonly start = performance.now();
  private bar: SingleBar | undefined;

  show(soFar: Verification): void {
    this.soFar = { ...soFar };
    if (!process.stderr.isTTY) return;
    this.bar ??= startBar(FORMAT, soFar.head, { rate: '0' });
    const rate = soFar.events / ((performance.now() - this.start) / 1_000);
    this.bar.update(soFar.events, { rate: Math.round(rate).toLocaleString('en') });
  }

  /** Takes the bar away: the verdict says the rest. Can be called again. */
  stop(): void {
    this.bar?.stop();
    this.bar = undefined;
  }
}

const FORMAT = 'Verifying {bar} {percentage}%  {value}/{total} events, {rate}/s, {eta_formatted} left';
