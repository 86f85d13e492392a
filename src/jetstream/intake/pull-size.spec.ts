import { describe, expect, it } from '@jest/globals';
import { pullOf } from './pull-size.js';

const UNLIMITED = { max_msg_size: -1 };

describe('a pull', () => {
  it('asks for many small messages, by the mean of the stream', () => {
    expect(pullOf(UNLIMITED, { messages: 10, bytes: 3_000 })).toEqual({ max_messages: 1_000 });
  });

  it('asks for few large ones', () => {
    expect(pullOf(UNLIMITED, { messages: 2, bytes: 2 * 2 ** 20 })).toEqual({ max_messages: 4 });
    expect(pullOf(UNLIMITED, { messages: 1, bytes: 9 * 2 ** 20 })).toEqual({ max_messages: 1 });
  });

  it('goes by the largest message that the stream takes, where it has such a limit', () => {
    expect(pullOf({ max_msg_size: 2 ** 20 }, { messages: 10, bytes: 3_000 })).toEqual({ max_messages: 4 });
  });

  it('asks for bytes where nothing is known of the messages', () => {
    expect(pullOf(UNLIMITED, { messages: 0, bytes: 0 })).toEqual({ max_bytes: 4 * 2 ** 20 });
  });
});
