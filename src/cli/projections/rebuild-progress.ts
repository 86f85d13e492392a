import type { ProjectionStatus } from '../../event-sourcing/index.js';
import { duration } from '../terminal/duration.js';
import { printable } from '../terminal/printable.js';
import { ProgressBar } from '../terminal/progress-bar.js';
import type { Terminal } from '../terminal/terminal.js';

const FORMAT = 'Rebuilding {bar} {percentage}%  {value}/{total} events, {rate}/s{left}{reason}';

/** Shows a bar on a terminal, and only the reasons elsewhere. */
export class RebuildProgress {
  private readonly bar: ProgressBar;
  private said: string | null = null;

  constructor(private readonly terminal: Terminal) {
    this.bar = new ProgressBar(terminal, FORMAT);
  }

  show({ rebuild, reason }: ProjectionStatus): void {
    if (this.terminal.stderr.isTTY && rebuild !== null) {
      const { position, target, rate, etaSeconds } = rebuild;
      this.bar.show(position, target, {
        rate: Math.round(rate).toLocaleString('en'),
        left: etaSeconds === null ? '' : `, ${duration(etaSeconds)} left`,
        reason: reason === null ? '' : `  ${printable(reason)}`,
      });
    } else if (reason !== null && reason !== this.said) this.terminal.note(printable(reason));
    this.said = reason;
  }

  stop(): void {
    this.bar.stop();
  }
}
