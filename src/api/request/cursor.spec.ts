import { decodeCursor, encodeCursor } from './cursor.js';
import { InvalidRequest } from './invalid-request.error.js';
import { AfterVersion, Limited } from './paging.js';
import { check } from './validation.js';
import { describe, expect, it } from '@jest/globals';

const anything = { value: () => true, id: () => true };
const list = JSON.stringify(['popularity', 'trending', 'drama']);
const encoded = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url');

describe('a cursor', () => {
  it.each([
    ['a number', 12.000_000_000_000_1],
    ['an infinite number', Infinity],
    ['a number below all others', -Infinity],
    ['a text', '2026-01-31T20:15:00.123Z'],
  ])('brings back %s as text, and the id', (_what, value) => {
    const cursor = encodeCursor({ list, value, id: 'the-godfather-1972' });
    expect(decodeCursor(cursor, list, anything)).toEqual({ value: String(value), id: 'the-godfather-1972' });
  });

  it.each(['a/b+c=d', 'Le Fabuleux Destin d’Amélie', '映画🙂', '"],["'])(
    'can go into a URL as it is, whatever the id: %s',
    (id) => {
      const cursor = encodeCursor({ list, value: 1, id });
      expect(cursor).toMatch(/^[\w-]+$/);
      expect(decodeCursor(cursor, list, anything).id).toBe(id);
    },
  );

  it('of another list is refused, naming the parameter', () => {
    const cursor = encodeCursor({ list, value: 1, id: 'a' });
    const decode = () => decodeCursor(cursor, JSON.stringify(['popularity', 'views', 'drama']), anything);
    expect(decode).toThrow(InvalidRequest);
    expect(decode).toThrow(
      expect.objectContaining({ errors: [{ path: 'cursor', message: expect.any(String) }] }),
    );
  });

  it.each([
    ['empty', ''],
    ['no base64url', '%%%'],
    ['cut off', encodeCursor({ list, value: 1, id: 'a' }).slice(0, -3)],
    ['a number', encoded(1)],
    ['null', encoded(null)],
    ['an object', encoded({ list, value: '1', id: 'a' })],
    ['without an id', encoded([list, '1'])],
    ['with a value that is no text', encoded([list, 1, 'a'])],
    ['with an id that is no text', encoded([list, '1', { a: 1 }])],
  ])('that is %s is refused', (_what, cursor) => {
    expect(() => decodeCursor(cursor, list, anything)).toThrow(InvalidRequest);
  });
});

describe('a cursor that a client made up', () => {
  it.each([
    ['value', { ...anything, value: () => false }],
    ['id', { ...anything, id: () => false }],
  ])('is refused when its %s does not fit the list', (_what, fits) => {
    const cursor = encodeCursor({ list, value: 1, id: 'a' });
    expect(() => decodeCursor(cursor, list, fits)).toThrow(InvalidRequest);
  });
});

describe('the limit of a page', () => {
  it('is 50 when none is given, and starts at the beginning', () => {
    expect(check(Limited, {})).toEqual({ body: { limit: 50 } });
    expect(check(AfterVersion, {})).toEqual({ body: { limit: 50, after: 0 } });
  });

  it.each(['1', '200'])('may be %s', (limit) => {
    expect(check(Limited, { limit })).toEqual({ body: { limit: Number(limit) } });
  });

  it.each(['0', '201', '-1', '1.5', 'all', ''])('may not be "%s"', (limit) => {
    expect(check(Limited, { limit })).toHaveProperty('errors', [expect.objectContaining({ path: 'limit' })]);
  });

  it.each(['-1', 'x', '2147483647', '99999999999999999'])('goes with no "after" of %s', (after) => {
    expect(check(AfterVersion, { after })).toHaveProperty('errors', [
      expect.objectContaining({ path: 'after' }),
    ]);
  });
});
