import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { statesInWords } from './projection-states.js';

describe('the states of a projection', () => {
  it('have the meaning that the page on projections gives them, in its order', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/projections.md'), 'utf8');
    const [, table] = page.split(/^\| status .*\n.*\n/m);
    const rows = table!.split('\n').slice(0, statesInWords(() => '').length);
    const expected = statesInWords((state, meaning) => expect.stringMatching(rowOf(state, meaning)) as never);
    expect(rows).toEqual(expected);
  });
});

/** What the page says besides comes after it. */
const rowOf = (state: string, meaning: string) => new RegExp(`^\\| \`${state}\` +\\| ${meaning}\\b`);
