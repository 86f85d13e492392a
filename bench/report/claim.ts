import { type Figures, type Measurement, median } from '../figures.js';

/** A promise about one contender, in comparison with another at the same work or by itself. */
export interface Claim {
  work: string;
  of: string;
  /** Without it, the bounds are for the figure itself: events a second, milliseconds. */
  against?: string;
  figure: keyof Figures;
  atLeast?: number;
  atMost?: number;
}

/** A claim, and its outcome in one run. */
export interface Outcome {
  claim: string;
  /** The figure itself when there is nothing to compare with. */
  ratio: number;
  bound: string;
  /** Undefined: the yardstick moved by more than `MOST_SPREAD`, so that its ratio proves nothing. */
  met: boolean | undefined;
  /** How far the yardstick moved; where there is one. */
  spread?: number;
}

/** The most that a yardstick may move between the rounds, as a part of its median: a third. */
export const MOST_SPREAD = 1 / 3;

/**
 * Ratios compare medians within the same run; absolute figures say more about the machine. A claim about sizes that
 * this run did not measure has no outcome.
 */
export function outcomesOf(claim: Claim, measurements: readonly Measurement[]): Outcome[] {
  const measured = (contender: string) =>
    measurements.find((one) => one.work === claim.work && one.contender === contender);
  const own = measured(claim.of);
  if (own === undefined) return [];
  const figure = median(figuresOf(own, claim));
  if (claim.against === undefined) return [outcomeOf(claim, figure)];
  const yardstick = measured(claim.against);
  if (yardstick === undefined) return [];
  const figures = figuresOf(yardstick, claim);
  return [outcomeOf(claim, figure / median(figures), spreadOf(figures))];
}

/** From the lowest to the highest, as a part of the median. */
export function spreadOf(figures: readonly number[]): number {
  return (Math.max(...figures) - Math.min(...figures)) / median(figures);
}

function outcomeOf(claim: Claim, ratio: number, spread?: number): Outcome {
  const isClear = spread === undefined || spread <= MOST_SPREAD;
  const { work, figure, of, against, atLeast, atMost } = claim;
  return {
    claim: `${work}: ${figure} of ${of}${against === undefined ? '' : ` / ${against}`}`,
    ratio,
    bound: [
      ...(atLeast === undefined ? [] : [`>= ${atLeast.toLocaleString('en')}`]),
      ...(atMost === undefined ? [] : [`<= ${atMost.toLocaleString('en')}`]),
    ].join(', '),
    met: isClear ? ratio >= (atLeast ?? -Infinity) && ratio <= (atMost ?? Infinity) : undefined,
    ...(spread === undefined ? {} : { spread }),
  };
}

const figuresOf = ({ rounds }: Measurement, { figure }: Claim): number[] =>
  rounds.map((round) => round[figure] ?? NaN);
