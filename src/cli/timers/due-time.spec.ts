import { describe, expect, it } from '@jest/globals';
import type { Rule } from '../../event-sourcing/options/rules.js';
import { SCHEDULE } from '../../event-sourcing/timers/timer-arguments.js';
import { dueTime } from './due-time.js';

describe('the due time of a command', () => {
  it('is a time with its offset, or a duration', () => {
    expect(dueTime('2028-02-29T20:15+02:00')).toEqual(new Date('2028-02-29T18:15:00Z'));
    expect(dueTime('1h30m')).toEqual({ in: '1h30m' });
  });

  it.each(['2030-02-30T00:00:00Z', '2027-02-29T00:00:00Z', '2030-13-01T00:00:00Z', '2030-01-01', 'soon'])(
    'is not %s',
    (text) => {
      expect(() => dueTime(text)).toThrow(/must be a time with its offset/);
    },
  );
});

describe('the due time of a timer', () => {
  const takes = (text: string) => (SCHEDULE['at'] as Rule<Date>).accepts(new Date(text));

  it.each(['0001-01-01T00:00:00Z', '1900-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z'])(
    'may be %s',
    (text) => {
      expect(takes(text)).toBe(true);
    },
  );

  it.each(['-000001-12-31T00:00:00Z', '+010000-01-01T00:00:00Z', 'never'])('is not %s', (text) => {
    expect(takes(text)).toBe(false);
  });
});
