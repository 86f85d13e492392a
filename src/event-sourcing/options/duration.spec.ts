import { describe, expect, it } from '@jest/globals';
import { durationMs } from './duration.js';

describe('a duration', () => {
  it.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['30m', 1_800_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
    ['1w', 604_800_000],
    ['0s', 0],
  ])('%s has %i ms', (text, ms) => expect(durationMs(text)).toBe(ms));

  it.each(['', '30', 'm', '30 m', '-1s', '1y', '1e3s', '30m ', '101000d', `${'9'.repeat(400)}s`])(
    'is not "%s"',
    (text) => expect(durationMs(text)).toBeUndefined(),
  );
});
