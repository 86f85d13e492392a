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

/** What was measured, in one line: `rate 200, p50 1.25, p99 4.9`. */
export function inWords(figures: Figures): string {
  return Object.entries(figures)
    .map(([name, figure]) => `${name} ${Number(figure.toPrecision(3))}`)
    .join(', ');
}

export function figuresOf(latencies: readonly number[], seconds: number): Figures {
  const sorted = latencies.toSorted((a, b) => a - b);
  return { rate: sorted.length / seconds, p50: percentile(sorted, 50), p99: percentile(sorted, 99) };
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
