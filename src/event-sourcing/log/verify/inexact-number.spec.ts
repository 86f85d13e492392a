import { describe, expect, it } from '@jest/globals';
import { assert, jsonValue, property } from 'fast-check';
import { inexactNumber } from './inexact-number.js';

describe('a number in JSON', () => {
  it.each([
    ['{"a": 9007199254740993}', '9007199254740993'],
    ['{"a": [1, {"b": -9007199254740993}]}', '-9007199254740993'],
    ['{"a": 12345678901234567890}', '12345678901234567890'],
    ['{"a": 0.1234567890123456789}', '0.1234567890123456789'],
    ['{"a": 100000000000000000000.1}', '100000000000000000000.1'],
    [`{"a": 1${'0'.repeat(400)}}`, `1${'0'.repeat(400)}`],
    [`{"a": 0.${'0'.repeat(400)}1}`, `0.${'0'.repeat(400)}1`],
    ['{"a\\"": "9007199254740993\\\\", "b": 9007199254740993}', '9007199254740993'],
  ])('is found when JavaScript would change it: %s', (json, number) => {
    expect(inexactNumber(json)).toBe(number);
  });

  it.each([
    '{"a": 9007199254740992}',
    '{"a": 9007199254740994}',
    '{"a": 0.30000000000000004, "b": 1.10, "c": 0.10000000000000000000, "d": -0.0}',
    `{"a": 1${'0'.repeat(300)}}`,
    `{"a": 0.${'0'.repeat(300)}1}`,
    '{"a": "9007199254740993", "9007199254740993": "\\"9007199254740993"}',
    '{"a": "3e1-4d55", "b": 1763800000000}',
  ])('is not found when JavaScript keeps it: %s', (json) => {
    expect(inexactNumber(json)).toBeUndefined();
  });

  it('is exact when JavaScript has written it', () => {
    const withoutExponents = (value: unknown) => !/\de[+-]\d/.test(JSON.stringify(value));
    assert(
      property(jsonValue().filter(withoutExponents), (value) => {
        expect(inexactNumber(JSON.stringify(value))).toBeUndefined();
      }),
    );
  });
});
