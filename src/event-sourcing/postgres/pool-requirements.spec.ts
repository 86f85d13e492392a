import { describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { requireRoom } from './pool-requirements.js';

describe('a pool', () => {
  it('that is too small is refused with what it must have room for', () => {
    expect(() => requireRoom(new Pool({ max: 1 }), 2)).toThrow(
      'poolSize of the data source is 1: it must be at least 2, 1 for commands and queries and 1 for the turns',
    );
  });

  it('of ten, as it is without an option, has room', () => {
    requireRoom(new Pool(), 2);
  });
});
