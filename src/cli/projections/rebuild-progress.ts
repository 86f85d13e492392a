import type { SingleBar } from 'cli-progress';
import type { ProjectionStatus } from '../../event-sourcing/index.js';
import { duration } from '../terminal/duration.js';
import { Output } from '../terminal/output.js';
import { printable } from '../terminal/printable.js';
import { startBar } from '../terminal/progress-bar.js';

/** A bar on standard error, where that is a terminal; elsewhere only what is to be said. */
export class RebuildProgress {
  private bar: SingleBar | undefined;
  private said: string | null = null;

  constructor(private readonly output: Output) {}

  show({ rebuild, reason }: ProjectionStatus): void {
    if (process.stderr.isTTY && rebuild !== null) {
      const { position, target, rate, etaSeconds } = rebuild;
      this.bar ??= startBar(FORMAT, target, { rate: '0', left: '', reason: '' });
      this.bar.setTotal(target);
      this.bar.update(position, {
        rate: Math.round(rate).toLocaleString('en'),
        left: etaSeconds === null ? '' : `, ${duration(etaSeconds)} left`,
        reason: reason === null ? '' : `  ${printable(reason)}`,
      });
    } else if (reason !== null && reason !== this.said) this.output.note(printable(reason));
    this.said = reason;
  }

  /** Takes the bar away. Can be called again. */
  stop(): void {
    this.bar?.stop();
    this.bar = undefined;
  }
}

const FORMAT = 'Rebuilding {bar} {percentage}%  {value}/{total} events, {rate}/s{left}{reason}';
