import { describe, expect, it } from '@jest/globals';
import { DatabaseError } from 'pg';
import { QueryFailedError } from 'typeorm';
import { isOfServer } from './replica.js';
import { isPartOf, type Look, type ReplicaState, stateFound } from './replica-state.js';

const LAG = { ms: 10, isKnown: true };

describe('the state of a replica', () => {
  it.each<[ReplicaState, string, Partial<Look>]>([
    ['in-use', 'that is near enough', {}],
    ['behind', 'that is too far behind', { lag: { ms: 11, isKnown: true } }],
    ['behind', 'whose lag is not known', { lag: { ms: 0, isKnown: false } }],
    ['ahead', 'with something else than the primary', { isPartOfPrimary: false }],
    ['unknown', 'that was never compared', { isPartOfPrimary: undefined }],
    ['unknown', 'beside a primary that never answered', { lag: undefined }],
    ['away', 'that does not answer', { answers: false, isPartOfPrimary: false }],
  ])('is %s after a look at one %s', (state, _what, found) => {
    expect(stateFound({ answers: true, isPartOfPrimary: true, lag: LAG, ...found }, LAG.ms)).toBe(state);
  });
});

describe('a replica is part of the primary', () => {
  const replica = { size: 8, position: 4, event: 'a', events: [] };
  it.each([
    ['when its last event is there, and it is not greater', true, 8, 'a'],
    ['but not when another event is there', false, 99, 'b'],
    ['but not when no event is there', false, 99, null],
    ['but not when it has more turns', false, 7, 'a'],
  ])('%s', (_when, is, size, event) => {
    expect(isPartOf({ size, position: 9, event: 'z', events: [event] }, replica, event)).toBe(is);
  });
});

describe('a failed query', () => {
  const withState = (code: string) =>
    new QueryFailedError('select 1', [], Object.assign(new DatabaseError('?', 1, 'error'), { code }));

  it.each(['40001', '40P01', '57P01', '57P02', '57P03', '57P04', '08006', '53300', '42P01'])(
    'with %s is one of the replica',
    (code) => expect(isOfServer(withState(code))).toBe(true),
  );

  it.each(['57014', '25P04', '53400', '22P02'])('with %s is none of the replica', (code) => {
    expect(isOfServer(withState(code))).toBe(false);
  });
});
