import { describe, expect, it } from '@jest/globals';
import { statusOf } from './projection-status.js';
import type { ProjectionRecord } from './status.sql.js';

const rebuild = { state: 'folding', revision: '1', reason: null, position: 5, rate: 0, parkedKeys: 0 };
const record = {
  name: 'tally',
  revision: '1',
  partitions: 1,
  position: 9,
  logPosition: 9,
  rate: 0,
  parkedKeys: 0,
  workers: [
    {
      revision: '1',
      status: 'running',
      failure: null,
      rebuildStatus: 'retrying',
      rebuildFailure: 'no such film',
    },
  ],
  lastRebuild: null,
};
const reasonOf = (of: object) => {
  const found = { ...record, logTime: null, rebuild: { ...rebuild, ...of } } as unknown as ProjectionRecord;
  return statusOf(found, { blockers: [], latest: new Date() }).rebuild!.reason;
};

describe('the reason of a rebuild', () => {
  it('is what a process has told of its work, while it is folded', () => {
    expect(reasonOf({ state: 'folding' })).toBe('no such film');
    expect(reasonOf({ state: 'folding', reason: 'asked for' })).toBe('no such film');
  });

  it('is its own while it is held: what a process has told was before', () => {
    expect(reasonOf({ state: 'held', reason: 'Held by itself' })).toBe('Held by itself');
    expect(reasonOf({ state: 'held' })).toBeNull();
  });
});
