import { type Figures, figuresOf, inWords, type Measurement } from './figures.js';
import type { PartContext } from './part.js';

interface Load {
  clients: number;
  /** The time in ms. Default: the slice of the run. */
  ms?: number;
  /** Ends earlier, after this many calls. */
  calls?: number;
}

/**
 * Keeps every client busy: each makes its next call when the previous one is answered. The first failure ends the run.
 */
export async function measure(
  { sliceMs, stop }: Pick<PartContext, 'sliceMs' | 'stop'>,
  { clients, ms = sliceMs, calls = Infinity }: Load,
  call: (client: number) => Promise<unknown>,
): Promise<Figures> {
  const latencies: number[] = [];
  const start = performance.now();
  let started = 0;
  const work = async (client: number) => {
    for (let sent = performance.now(); sent < start + ms && started < calls && !stop.aborted;) {
      started++;
      await call(client);
      const answered = performance.now();
      latencies.push(answered - sent);
      sent = answered;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => work(client)));
  const seconds = (performance.now() - start) / 1_000;
  stop.throwIfAborted();
  return figuresOf(latencies, seconds);
}

/**
 * Runs rounds in turn: A, B, C, A, B, C ... So a disturbance of the machine hits all contenders. The first round warms
 * caches, plans and the compiler, and does not count.
 */
export async function inTurn(
  { rounds, stop, progress }: PartContext,
  { work, unit }: Pick<Measurement, 'work' | 'unit'>,
  contenders: Readonly<Record<string, () => Promise<Figures>>>,
): Promise<Measurement[]> {
  const measurements = Object.keys(contenders).map((contender): Measurement => ({
    work,
    contender,
    unit,
    rounds: [],
  }));
  for (let round = 0; round <= rounds; round++) {
    for (const { contender, rounds: figures } of measurements) {
      stop.throwIfAborted();
      const step = `${work}: ${round === 0 ? 'warm-up' : `round ${round} of ${rounds}`}, ${contender}`;
      progress.tell(step);
      const measured = await contenders[contender]!();
      if (round === 0) continue;
      figures.push(measured);
      progress.tell(`${step}: ${inWords(measured)}`); // of a run that is stopped, this much is known
    }
  }
  return measurements;
}
