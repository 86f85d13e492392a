import type { RehearsalProgress as Progress } from '../../event-sourcing/index.js';
import { ProgressBar } from '../terminal/progress-bar.js';
import type { Terminal } from '../terminal/terminal.js';

const FORMAT =
  'Rehearsing {bar} {percentage}%  {value}/{total} events, {streams} streams{broken}, {eta_formatted} left';

export class RehearsalProgress {
  /** The position that it has reached. */
  soFar: Progress | undefined;

  private readonly bar: ProgressBar;

  constructor(terminal: Terminal) {
    this.bar = new ProgressBar(terminal, FORMAT);
  }

  readonly show = (soFar: Progress): void => {
    this.soFar = soFar;
    const { read, total, streams, broken } = soFar;
    this.bar.show(read, total, {
      streams: streams.toLocaleString('en'),
      broken: broken > 0 ? `, ${broken.toLocaleString('en')} broken` : '',
    });
  };

  stop(): void {
    this.bar.stop();
  }
}
