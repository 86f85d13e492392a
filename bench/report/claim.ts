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

/** Ratios are of medians within the same run; absolute figures say more about the machine. */
export function judge(claim: Claim, measurements: readonly Measurement[]): Outcome {
  const [own, other] = [claim.of, claim.against].map((contender) => medianOf(claim, contender, measurements));
  const ratio = own! / other!;
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

function medianOf({ work, figure }: Claim, contender: string, measurements: readonly Measurement[]): number {
  const found = measurements.find((one) => one.work === work && one.contender === contender);
  if (found === undefined)
    throw new Error(`A claim is about ${contender} at "${work}", which nobody measured`);
  return median(found.rounds.map((round) => round[figure] ?? NaN));
}
