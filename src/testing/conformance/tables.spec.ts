import { describe, expect, it } from '@jest/globals';
import { firstDifference, type TableRows } from './tables.js';

const table = (rows: Record<string, object>, name = 'public.jars'): TableRows => ({
  projection: 'jars',
  table: name,
  columns: ['name', 'cookies', 'kinds'],
  rows: new Map(Object.entries(rows) as [string, Record<string, unknown>][]),
});
const a = { name: 'a', cookies: 1, kinds: ['oat'] };
const b = { name: 'b', cookies: 2, kinds: [] };
const place = { projection: 'jars', table: 'public.jars' };

describe('the first difference between tables', () => {
  it('is none where all rows and columns are equal, whatever their order', () => {
    expect(
      firstDifference([table({ a, b })], [table({ b: { ...b }, a: structuredClone(a) })]),
    ).toBeUndefined();
  });

  it('leaves out what is no column of the entity', () => {
    expect(firstDifference([table({ a })], [table({ a: { ...a, made_at: 'now' } })])).toBeUndefined();
  });

  it.each([
    ['a row that is missing', { b }, { key: 'a', expected: a, actual: undefined }],
    ['a row too many', { a, b, c: b }, { key: 'c', expected: undefined, actual: b }],
    ['a number', { a, b: { ...b, cookies: 3 } }, { key: 'b', column: 'cookies', expected: 2, actual: 3 }],
    [
      'a list',
      { a: { ...a, kinds: ['rye'] }, b },
      { key: 'a', column: 'kinds', expected: ['oat'], actual: ['rye'] },
    ],
    ['a null', { a: { ...a, cookies: null }, b }, { key: 'a', column: 'cookies', expected: 1, actual: null }],
  ])('is %s', (_what, rows, difference) => {
    expect(firstDifference([table({ a, b })], [table(rows)])).toEqual({ ...place, ...difference });
  });

  it('is that of the first table', () => {
    const shelves = table({ b }, 'public.shelves');
    const difference = firstDifference(
      [table({ a }), shelves],
      [table({ a }), table({ b: a }, 'public.shelves')],
    );
    expect(difference).toMatchObject({ table: 'public.shelves', key: 'b', column: 'name' });
  });
});
