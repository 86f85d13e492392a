import { Presets, SingleBar } from 'cli-progress';

/**
 * A bar on standard error: standard output is for results. It is taken away when it is stopped.
 *
 * @param payload what the format names beside the bar's own figures, at the start
 */
export function startBar(format: string, total: number, payload: Record<string, string>): SingleBar {
  const bar = new SingleBar(
    {
      format,
      stream: process.stderr,
      barsize: 30,
      etaBuffer: 100,
      clearOnComplete: true,
      hideCursor: true,
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0, payload);
  return bar;
}
