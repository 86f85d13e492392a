import { type Figures, type Measurement, median } from '../measure.js';

/** What is promised of one contender beside another at the same work. */
export interface Claim {
  work: string;
  of: string;
  against: string;
  figure: keyof Figures;
  atLeast?: number;
  atMost?: number;
}

/** A claim, and what became of it in one run. */
export interface Outcome {
  claim: string;
  ratio: number;
  bound: string;
  met: boolean;
}

/**
 * Ratios are of medians within the same run; absolute figures say more about the machine. A claim about sizes that were
 * not asked for comes to nothing.
 */
export function judge(claim: Claim, measurements: readonly Measurement[]): Outcome[] {
  const measured = (contender: string) =>
    measurements.find((one) => one.work === claim.work && one.contender === contender);
  const [own, other] = [measured(claim.of), measured(claim.against)];
  return own && other ? [outcomeOf(claim, medianOf(own, claim) / medianOf(other, claim))] : [];
}

function outcomeOf(claim: Claim, ratio: number): Outcome {
  return {
    claim: `${claim.work}: ${claim.figure} of ${claim.of} / ${claim.against}`,
    ratio,
    bound: [
      ...(claim.atLeast === undefined ? [] : [`>= ${claim.atLeast}`]),
      ...(claim.atMost === undefined ? [] : [`<= ${claim.atMost}`]),
    ].join(', '),
    met: ratio >= (claim.atLeast ?? -Infinity) && ratio <= (claim.atMost ?? Infinity),
  };
}

function medianOf({ rounds }: Measurement, { figure }: Claim): number {
  return median(rounds.map((round) => round[figure] ?? NaN));
}
