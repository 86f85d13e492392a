import progress, { type SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.js';

/** A bar on standard error, if that is a terminal: standard output is for results. */
export class ProgressBar {
  private bar: SingleBar | undefined;

  /** @param format has the bar's own figures, and those that `show` gets beside them */
  constructor(
    private readonly terminal: Terminal,
    private readonly format: string,
  ) {}

  show(value: number, total: number, figures: Record<string, string>): void {
    if (!this.terminal.stderr.isTTY) return;
    this.bar ??= this.start(total, figures);
    this.bar.setTotal(total);
    this.bar.update(value, figures);
  }

  /** Removes the bar. Can be called again. */
  stop(): void {
    this.bar?.stop();
    this.bar = undefined;
  }

  private start(total: number, figures: Record<string, string>): SingleBar {
    const options = {
      format: this.format,
      stream: this.terminal.stderr,
      barsize: 30,
      etaBuffer: 100,
      clearOnComplete: true,
      hideCursor: true,
      gracefulExit: false,
    };
    const bar = new progress.SingleBar(options, progress.Presets.shades_classic);
    bar.start(total, 0, figures);
    return bar;
  }
}
