import { describe, expect, it } from '@jest/globals';
import { requestOf } from './pull.js';

const SECOND = 1_000_000_000;
const ROOM = { messages: 1_000, bytes: 2 ** 24 };

describe('a request for messages', () => {
  it('asks for all that there is room for', () => {
    expect(requestOf({}, ROOM)).toEqual({
      batch: 1_000,
      max_bytes: 2 ** 24,
      expires: 30 * SECOND,
      idle_heartbeat: 5 * SECOND,
    });
  });

  it('asks for one message of any size, when no other fits', () => {
    expect(requestOf({ max_batch: 100, max_bytes: 1_000 })).toMatchObject({ batch: 1 });
    expect(requestOf({ max_bytes: 1_000 })).not.toHaveProperty('max_bytes');
  });

  it('asks for no more than the consumer allows', () => {
    expect(requestOf({ max_batch: 100, max_bytes: 1_000, max_expires: 4 * SECOND }, ROOM)).toEqual({
      batch: 100,
      max_bytes: 1_000,
      expires: 4 * SECOND,
      idle_heartbeat: 2 * SECOND,
    });
    expect(requestOf({ max_batch: 0, max_bytes: 0, max_expires: 0 }, ROOM)).toEqual(requestOf({}, ROOM));
  });
});
