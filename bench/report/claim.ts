import { type Figures, type Measurement, median } from '../measure.js';

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
  met: boolean;
}

/**
 * Ratios compare medians within the same run; absolute figures say more about the machine. A claim about sizes that
 * this run did not measure has no outcome.
 */
export function outcomesOf(claim: Claim, measurements: readonly Measurement[]): Outcome[] {
  const measured = (contender: string) =>
    measurements.find((one) => one.work === claim.work && one.contender === contender);
  const own = measured(claim.of);
  if (own === undefined) return [];
  if (claim.against === undefined) return [outcomeOf(claim, medianOf(own, claim))];
  const other = measured(claim.against);
  return other ? [outcomeOf(claim, medianOf(own, claim) / medianOf(other, claim))] : [];
}

function outcomeOf(claim: Claim, ratio: number): Outcome {
  const { work, figure, of, against, atLeast, atMost } = claim;
  return {
    claim: `${work}: ${figure} of ${of}${against === undefined ? '' : ` / ${against}`}`,
    ratio,
    bound: [
      ...(atLeast === undefined ? [] : [`>= ${atLeast.toLocaleString('en')}`]),
      ...(atMost === undefined ? [] : [`<= ${atMost.toLocaleString('en')}`]),
    ].join(', '),
    met: ratio >= (atLeast ?? -Infinity) && ratio <= (atMost ?? Infinity),
  };
}

function medianOf({ rounds }: Measurement, { figure }: Claim): number {
  return median(rounds.map((round) => round[figure] ?? NaN));
}
