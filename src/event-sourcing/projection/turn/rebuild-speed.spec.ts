import { describe, expect, it } from '@jest/globals';
import { RebuildSpeed } from './rebuild-speed.js';

/** The factor after some turns, each with its folded events and the growth of the log. */
function factorAfter(turns: readonly { folded: number; grown: number }[], head = 1_000_000): number {
  const speed = new RebuildSpeed();
  let position = 0;
  speed.adjust({ position, head });
  for (const { folded, grown } of turns) {
    position += folded;
    head += grown;
    speed.adjust({ position, head });
  }
  return speed.factor;
}

const times = <Turn>(count: number, turn: Turn): Turn[] => Array.from({ length: count }, () => turn);

describe('the speed of a rebuild', () => {
  it('is 1 when the rebuild folds twice as fast as the log grows', () => {
    expect(factorAfter(times(5, { folded: 4_000, grown: 2_000 }))).toBe(1);
    expect(factorAfter(times(5, { folded: 40, grown: 0 }))).toBe(1);
  });

  it('grows with each turn that gains too little, up to a limit, so that a rebuild ends', () => {
    expect(factorAfter(times(1, { folded: 1_900, grown: 2_000 }))).toBe(2);
    expect(factorAfter(times(3, { folded: 3_999, grown: 2_000 }))).toBe(8);
    expect(factorAfter(times(20, { folded: 0, grown: 2_000 }))).toBe(64);
  });

  it('shrinks after enough gain, and near the end of the log', () => {
    const slow = times(2, { folded: 1_000, grown: 1_000 });
    expect(factorAfter([...slow, { folded: 9_000, grown: 1_000 }])).toBe(2);
    expect(factorAfter(times(9, { folded: 100, grown: 100 }), 3_000)).toBe(1);
  });
});
