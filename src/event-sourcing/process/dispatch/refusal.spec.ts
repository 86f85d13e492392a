import { describe, expect, it } from '@jest/globals';
import { EventfoldError } from '../../errors.js';
import { refusalOf } from './refusal.js';

class OddError extends EventfoldError {
  readonly kind = 'refused';
  readonly code = 'odd';
  constructor(
    message: string,
    private readonly told: Record<string, unknown>,
  ) {
    super(message);
  }

  override get details(): Record<string, unknown> {
    return this.told;
  }
}

const circle: Record<string, unknown> = { cents: 1 };
circle['self'] = circle;

describe('the refusal of a command', () => {
  it('quotes what a user has sent in a form that the log takes', () => {
    expect(refusalOf(new OddError('no user "a\0b\ud800"', { name: 'c\0' }))).toMatchObject({
      message: 'no user "a\u2400b\ufffd"',
      details: { name: 'c\u2400' },
    });
  });

  it('has its details as JSON has them', () => {
    const details = { cents: 4_900n, ratio: NaN, at: new Date(0), none: undefined, left: Infinity };
    expect(refusalOf(new OddError('no', details))).toMatchObject({
      details: { cents: '4900', ratio: 'NaN', at: '1970-01-01T00:00:00.000Z', left: 'Infinity' },
    });
    expect(refusalOf(new OddError('no', circle))?.details).toEqual({
      details: expect.stringContaining('cents: 1'),
    });
  });
});
