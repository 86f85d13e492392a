import type { PartContext } from './part.js';

/** The result of one round of one contender. */
export interface Figures {
  /** Per second. */
  rate: number;
  /** In ms, if calls were timed one by one. */
  p50?: number;
  p99?: number;
  /** The peak memory of the service's process, in MB. */
  memory?: number;
  /** Requests without an answer or with 5xx, if these do not end the run. */
  failures?: number;
}

/** The figures of one contender at one kind of work. */
export interface Measurement {
  work: string;
  contender: string;
  /** The unit that `rate` counts. */
  unit: string;
  rounds: Figures[];
}

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
  { sliceMs, stop }: PartContext,
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

export function figuresOf(latencies: readonly number[], seconds: number): Figures {
  const sorted = latencies.toSorted((a, b) => a - b);
  return { rate: sorted.length / seconds, p50: percentile(sorted, 50), p99: percentile(sorted, 99) };
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
      progress.tell(`${work}: ${round === 0 ? 'warm-up' : `round ${round} of ${rounds}`}, ${contender}`);
      const measured = await contenders[contender]!();
      if (round > 0) figures.push(measured);
    }
  }
  return measurements;
}

export function median(figures: readonly number[]): number {
  return percentile(
    figures.toSorted((a, b) => a - b),
    50,
  );
}

/** A percentile between two figures is interpolated. */
function percentile(sorted: readonly number[], percent: number): number {
  const place = ((sorted.length - 1) * percent) / 100;
  const [below, above] = [sorted[Math.floor(place)] ?? NaN, sorted[Math.ceil(place)] ?? NaN];
  return below + (above - below) * (place - Math.floor(place));
}
