import { expect, it } from '@jest/globals';
import { HINTS, inWords } from './report.js';

const report = { projections: ['jars', 'shelves'], passed: ['Folded once', 'By turns of 1'], unseen: [] };

it('a report that conforms says of what', () => {
  expect(inWords({ ...report, conforms: true, unseen: ['jar.broken'] })).toBe(
    'jars, shelves: conforms.\nPassed: Folded once; By turns of 1.\nNot in the history, so not checked: jar.broken.',
  );
});

it('a report of a difference shows both, and the likely cause', () => {
  const found = { check: 'By turns of 2', projection: 'jars', what: 'row a is another one.' };
  const cause = { likelyCause: 'wrong-key', hint: HINTS['wrong-key'] } as const;
  const difference = { ...found, ...cause, expected: { cookies: 1 }, actual: undefined };
  expect(inWords({ ...report, conforms: false, difference }).split('\n')).toEqual([
    '"jars" does not conform. By turns of 2: row a is another one.',
    '  folded once: {"cookies":1}',
    '  now:         no row',
    HINTS['wrong-key'],
    'Passed: Folded once; By turns of 1.',
  ]);
  const failure = { ...found, ...cause, what: 'event 1 failed.' };
  expect(inWords({ ...report, conforms: false, difference: failure })).not.toContain('folded once');
});
