import { describe, expect, it } from '@jest/globals';
import { isColoured } from './coloured.js';

const terminal = { isTTY: true };
const TERM = 'xterm-256color';

describe('colours', () => {
  it('are for a terminal, not for a file or a pipe', () => {
    expect(isColoured(terminal, { TERM })).toBe(true);
    expect(isColoured({}, { TERM })).toBe(false);
  });

  it.each([{ NO_COLOR: '1' }, { FORCE_COLOR: '0' }, { TERM: 'dumb' }])(
    'are not for a terminal with %j',
    (variables) => {
      expect(isColoured(terminal, { TERM, ...variables })).toBe(false);
    },
  );

  it('are for a pipe where FORCE_COLOR asks for them', () => {
    expect(isColoured({}, { TERM, FORCE_COLOR: '1' })).toBe(true);
    expect(isColoured({}, { TERM, FORCE_COLOR: '0' })).toBe(false);
  });
});
