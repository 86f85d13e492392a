import { describe, expect, it } from '@jest/globals';
import { type Basis, FailureAttribution } from './failure-attribution.js';
import { BreakageCount } from './breakage-count.js';

const eventAt = (position: number) => ({
  type: 'a.b',
  streamId: 's',
  version: 1,
  position,
  metadata: { schemaVersion: 1 },
});

describe('a failure of a handler without the history of its row', () => {
  const attribute = (folded: Basis[], failed: Basis) => {
    const breakages = new BreakageCount();
    const attribution = new FailureAttribution(breakages, 'rows');
    attribution.failed(eventAt(7), failed, new Error('no'));
    for (const basis of folded) attribution.folded(eventAt(8), basis);
    attribution.conclude();
    return { broken: breakages.broken, unsure: attribution.unsure.length };
  };
  const BROKEN = { broken: 1, unsure: 0 };
  const UNSURE = { broken: 0, unsure: 1 };

  it.each<[string, Basis[], Basis, object]>([
    ['no event of the type could do without a row', [], 'no row', UNSURE],
    ['others of the type needed a row, too', ['row'], 'no row', UNSURE],
    ['others of the type did without', ['no row'], 'no row', BROKEN],
    ['it failed on the living row and without, and so did all', [], 'row', UNSURE],
    ['it failed on the living row, and others did not', ['row'], 'row', BROKEN],
    ['it failed both ways, and others needed no row', ['no row'], 'row', BROKEN],
    ['it touches no row', [], 'no need', BROKEN],
  ])('%s', (_, folded, failed, outcome) => {
    expect(attribute(folded, failed)).toEqual(outcome);
  });
});
