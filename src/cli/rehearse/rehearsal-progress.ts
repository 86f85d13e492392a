import type { SingleBar } from 'cli-progress';
import type { RehearsalProgress as Progress } from '../../event-sourcing/index.js';
import { startBar } from '../terminal/progress-bar.js';

/** A bar on standard error, where that is a terminal. */
export class RehearsalProgress {
  /** How far it has come. */
  soFar: Progress | undefined;

  private bar: SingleBar | undefined;

  readonly show = (soFar: Progress): void => {
    this.soFar = soFar;
    if (!process.stderr.isTTY) return;
    const { read, total, streams, broken } = soFar;
    const said = {
      streams: streams.toLocaleString('en'),
      broken: broken > 0 ? `, ${broken.toLocaleString('en')} broken` : '',
    };
    this.bar ??= startBar(FORMAT, total, said);
    this.bar.update(read, said);
  };

  /** Takes the bar away. Can be called again. */
  stop(): void {
    this.bar?.stop();
    this.bar = undefined;
  }
}

const FORMAT =
  'Rehearsing {bar} {percentage}%  {value}/{total} events, {streams} streams{broken}, {eta_formatted} left';
