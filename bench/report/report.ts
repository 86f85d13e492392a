import type { Part } from '../part.js';
import { type Figures, type Measurement, median } from '../figures.js';
import { outcomesOf, type Outcome } from './claim.js';

/** The outcome of one part of one run, in the form that bench/results keeps. */
export interface Report {
  part: string;
  about: string;
  at: string;
  command: string;
  machine: Readonly<Record<string, string | number>>;
  lines: Line[];
  claims: Outcome[];
}

/** One contender at one kind of work: medians over the rounds. */
export interface Line {
  work: string;
  contender: string;
  unit: string;
  rate: number;
  lowest: number;
  highest: number;
  p50?: number;
  p99?: number;
  memory?: number;
  /** Its rate, divided by the rate of the first contender. */
  ratio: number;
  rounds: Figures[];
}

export function reportOf(
  { name, about, claims }: Part,
  measurements: readonly Measurement[],
  run: Pick<Report, 'at' | 'command' | 'machine'>,
): Report {
  return {
    part: name,
    about,
    ...run,
    lines: measurements.map((measurement) => toLine(measurement, measurements)),
    claims: claims.flatMap((claim) => outcomesOf(claim, measurements)),
  };
}

function toLine(measurement: Measurement, all: readonly Measurement[]): Line {
  const { work, contender, unit, rounds } = measurement;
  const yardstick = all.find((other) => other.work === work)!;
  const rates = rounds.map(({ rate }) => rate);
  return {
    work,
    contender,
    unit,
    rate: median(rates),
    lowest: Math.min(...rates),
    highest: Math.max(...rates),
    ...where('p50', rounds),
    ...where('p99', rounds),
    ...where('memory', rounds),
    ratio: median(rates) / median(yardstick.rounds.map(({ rate }) => rate)),
    rounds,
  };
}

/** A figure that some parts do not measure. */
function where(figure: 'p50' | 'p99' | 'memory', rounds: readonly Figures[]): Partial<Line> {
  if (rounds.some((round) => round[figure] === undefined)) return {};
  return { [figure]: median(rounds.map((round) => round[figure]!)) };
}
