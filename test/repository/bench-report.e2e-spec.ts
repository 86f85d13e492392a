import { describe, expect, it } from '@jest/globals';
import { outcomesOf, type Claim } from '../../bench/report/claim.js';
import { toTerminal } from '../../bench/report/tables.js';
import { reportOf } from '../../bench/report/report.js';
import type { Measurement } from '../../bench/figures.js';

const WORK = { work: 'appends', unit: 'appends/s' };
const CLAIM: Claim = { work: 'appends', of: 'ours', against: 'theirs', figure: 'rate', atLeast: 2 };

const measured = (ours: number[], theirs: number[]): Measurement[] => [
  { ...WORK, contender: 'theirs', rounds: theirs.map((rate) => ({ rate })) },
  { ...WORK, contender: 'ours', rounds: ours.map((rate) => ({ rate })) },
];

describe('what the bench says of a claim', () => {
  it('is yes or no by the ratio of the medians', () => {
    expect(outcomesOf(CLAIM, measured([200, 220, 900], [100, 100, 110]))).toMatchObject([
      { ratio: 2.2, met: true },
    ]);
    expect(outcomesOf(CLAIM, measured([100, 190, 900], [100, 100, 110]))).toMatchObject([
      { ratio: 1.9, met: false },
    ]);
  });

  it('is neither where the yardstick moved by more than a third between the rounds', () => {
    const [outcome] = outcomesOf(CLAIM, measured([400, 400, 400], [100, 100, 140]));
    expect(outcome).toMatchObject({ met: undefined, spread: 0.4 });
  });

  it('does not ask how far a figure without a yardstick moved', () => {
    const { against: _, ...alone } = CLAIM;
    expect(outcomesOf(alone, measured([1, 3, 9], [100, 100, 140]))).toMatchObject([{ ratio: 3, met: true }]);
  });

  it('names how noisy the machine was', () => {
    const part = { name: 'appends', about: '', run: () => Promise.reject(new Error()), claims: [CLAIM] };
    const run = { at: '', command: '', machine: {} };
    const text = toTerminal(reportOf(part, measured([400, 400, 400], [100, 100, 140]), run));
    expect(text).toContain('unclear: the yardstick moved by 40 %');
    expect(text).toContain(
      'The rate of the yardstick moved by 40 % between rounds; more than 33 % proves nothing.',
    );
  });
});
