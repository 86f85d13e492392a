import { describe, expect, it } from '@jest/globals';
import { frozen } from './frozen.js';

describe('what is frozen', () => {
  it('is frozen at every level', () => {
    const value = frozen({ list: [{ deep: [1] }], nothing: null });
    expect(() => value.list[0]!.deep.push(2)).toThrow(TypeError);
    expect(() => Object.assign(value, { list: [] })).toThrow(TypeError);
  });

  it('may hold bytes, which JavaScript cannot freeze', () => {
    expect(frozen({ bytes: new Uint8Array(2) }).bytes).toHaveLength(2);
  });
});
