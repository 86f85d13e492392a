import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { statesInWords } from './projection-states.js';

describe('the states of a projection', () => {
  it('have the meaning and the order of the table in docs/projections.md', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/projections.md'), 'utf8');
    const [, table] = page.split(/^\| status .*\n.*\n/m);
    const rows = table!.split('\n').slice(0, statesInWords(() => '').length);
    const expected = statesInWords((state, meaning) => expect.stringMatching(rowOf(state, meaning)) as never);
    expect(rows).toEqual(expected);
  });
});

/** The page may say more after the meaning. */
const rowOf = (state: string, meaning: string) => new RegExp(`^\\| \`${state}\` +\\| ${meaning}\\b`);
