import { Presets, SingleBar } from 'cli-progress';

/** The display of a phase: a bar on a terminal, one plain line at its end elsewhere. */
export class Phase {
  private readonly bar: SingleBar | undefined;

  constructor(
    private readonly title: string,
    total: number,
    out: NodeJS.WriteStream = process.stdout,
  ) {
    if (!out.isTTY) return;
    const format = `${title.padEnd(14)} {bar} {percentage}% {value}/{total}, {eta_formatted} left`;
    this.bar = new SingleBar({ format, stream: out, barsize: 30, etaBuffer: 100 }, Presets.shades_classic);
    this.bar.start(total, 0);
  }

  advance(by: number): void {
    this.bar?.increment(by);
  }

  /** The bar stays in its last state, whether the phase has come to its end or not. */
  stop(): void {
    this.bar?.stop();
  }

  end(outcome: string): void {
    this.stop();
    console.log(this.bar ? `  ${outcome}` : `${this.title}: ${outcome}`);
  }
}

/** Runs a phase. `work` advances it and returns the sentence for its end. */
export async function runPhase(
  title: string,
  total: number,
  work: (phase: Phase) => Promise<string>,
): Promise<void> {
  const phase = new Phase(title, total);
  const start = performance.now();
  try {
    const outcome = await work(phase);
    phase.end(`${outcome} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  } finally {
    phase.stop();
  }
}
