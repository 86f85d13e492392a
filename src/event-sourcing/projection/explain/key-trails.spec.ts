import { expect, it } from '@jest/globals';
import type { Folding } from '../declare/folding.js';
import type { KeyTrail } from './key-trail.js';
import { KeyTrails } from './key-trails.js';

const folding = { name: 'tally', revision: '1' } as Folding;

it('gives a trail to the next call for its key, unless all were dropped while it was in use', async () => {
  const trails = new KeyTrails();
  const borrowed = (meanwhile?: () => void) =>
    trails.borrow(folding, 'a', async (trail): Promise<KeyTrail> => {
      meanwhile?.();
      return trail;
    });
  const first = await borrowed();
  expect(await borrowed()).toBe(first);
  expect(await borrowed(() => trails.clear())).toBe(first);
  expect(await borrowed()).not.toBe(first);
});
