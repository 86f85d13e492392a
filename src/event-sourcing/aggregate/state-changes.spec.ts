import { describe, expect, it } from '@jest/globals';
import { changesBetween, stateAsJson } from './state-changes.js';

describe('the changes between two states', () => {
  it('name each field by its path, with the values before and after', () => {
    const before = { name: 'Ada', address: { city: 'London', zip: 'W1' } };
    const after = { name: 'Ada', address: { city: 'Paris', zip: 'W1' } };
    expect(changesBetween(before, after)).toEqual([
      { path: '/address/city', before: 'London', after: 'Paris' },
    ]);
  });

  it('have null for a field that one state lacks', () => {
    expect(changesBetween({ a: 1 }, { b: [2] })).toEqual([
      { path: '/a', before: 1, after: null },
      { path: '/b', before: null, after: [2] },
    ]);
  });

  it('take an array as one value', () => {
    expect(changesBetween({ list: [1, 2] }, { list: [2] })).toEqual([
      { path: '/list', before: [1, 2], after: [2] },
    ]);
  });

  it('escape names as JSON Pointer does', () => {
    expect(changesBetween({ 'a/b~c': 1 }, { 'a/b~c': 2 })).toEqual([
      { path: '/a~1b~0c', before: 1, after: 2 },
    ]);
  });

  it('are none between equal states', () => {
    expect(changesBetween({ a: { b: null } }, { a: { b: null } })).toEqual([]);
  });
});

describe('a state as JSON', () => {
  it('keeps maps, sets and large numbers readable', () => {
    const state = { map: new Map([['a', 1]]), set: new Set([1]), large: 2n ** 70n, at: new Date(0) };
    expect(stateAsJson(state)).toEqual({
      map: { a: 1 },
      set: [1],
      large: '1180591620717411303424',
      at: '1970-01-01T00:00:00.000Z',
    });
  });
});
