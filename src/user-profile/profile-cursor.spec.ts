import { describe, expect, it } from '@jest/globals';
import { InvalidRequest } from '../api/request/invalid-request.error.js';
import { encodeCursor } from '../api/request/cursor.js';
import { afterProfile, cursorOf } from './profile-cursor.js';
import type { ProfileView } from './profile-view.js';
import type { ProfileFilter } from './queries/list-user-profiles.query.js';

const last = {
  userId: '3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10',
  registrationDate: new Date('2026-01-31T20:15:00.123Z'),
} as ProfileView;

describe('the cursor of the list of profiles', () => {
  it.each<ProfileFilter>([{}, { plan: 'premium', isActive: false, genre: 'film noir' }])(
    'brings back where the page ended, under the filter %j',
    (filter) => {
      expect(afterProfile(cursorOf(last, filter), filter)).toEqual({
        registrationDate: last.registrationDate,
        userId: last.userId,
      });
    },
  );

  it('is none on the first page', () => {
    expect(afterProfile(undefined, {})).toBeUndefined();
  });

  it.each<[ProfileFilter, ProfileFilter]>([
    [{}, { plan: 'free' }],
    [{ plan: 'free' }, {}],
    [{ isActive: true }, { isActive: false }],
    [{ genre: 'drama' }, { genre: 'comedy' }],
    [{ genre: 'free' }, { plan: 'free' }],
  ])('of the list with %j is refused on that with %j', (one, other) => {
    expect(() => afterProfile(cursorOf(last, one), other)).toThrow(InvalidRequest);
  });

  it.each([
    ['a date', { value: 'nonsense', id: last.userId }],
    ['a user id', { value: last.registrationDate.toISOString(), id: 'nonsense' }],
  ])('is refused with nonsense in place of %s', (_what, forged) => {
    const list = JSON.stringify(['users', undefined, undefined, undefined]);
    expect(() => afterProfile(encodeCursor({ list, ...forged }), {})).toThrow(InvalidRequest);
  });
});
