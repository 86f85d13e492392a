import { describe, expect, it } from '@jest/globals';
import { assert, jsonValue, pre, property } from 'fast-check';
import { runInNewContext } from 'node:vm';
import { requireStorable, storedCopy } from './storable.js';

class Money {
  readonly note?: string;
  constructor(readonly cents: number) {}
}
class Decimal {
  toJSON() {
    return '1.50';
  }
}
const nested = (depth: number) => {
  let value: object = {};
  for (let level = 1; level < depth; level++) value = { in: value };
  return value;
};
const cycle: Record<string, unknown> = { name: 'a' };
cycle.self = [cycle];

const REFUSED: [unknown, string][] = [
  [
    { items: [0, 1, 2, { at: new Date(0) }] },
    'data.items[3].at is a Date, which would come back from the log as something else. Store its toISOString().',
  ],
  [{ at: runInNewContext('new Date(0)') }, 'data.at is a Date'],
  [{ seen: new Map() }, 'data.seen is a Map, which would come back from the log as something else.'],
  [{ seen: new Set() }, 'data.seen is a Set'],
  [{ bytes: new Uint8Array(2) }, 'data.bytes is an Uint8Array'],
  [{ bytes: Buffer.from('a') }, 'data.bytes is a Buffer'],
  [{ why: new Error('no') }, 'data.why is an Error'],
  [{ later: Promise.resolve() }, 'data.later is a Promise'],
  [{ price: new Decimal() }, 'data.price is a Decimal'],
  [{ price: Object(5) }, 'data.price is a Number'],
  [{ 'a key': { '0': /a/ } }, 'data["a key"]["0"] is a RegExp'],
  [{ rate: Number.NaN }, 'data.rate is NaN, which JSON cannot carry: it would come back as null.'],
  [{ rate: [-Infinity] }, 'data.rate[0] is -Infinity'],
  [{ list: [1, undefined] }, 'data.list[1] is undefined'],
  // oxlint-disable-next-line no-sparse-arrays
  [{ list: [, 1] }, 'data.list[0] is undefined'],
  [{ amount: 5n }, 'data.amount is a bigint, which JSON cannot carry. Store it as text.'],
  [{ act: () => 1 }, 'data.act is a function, which JSON cannot carry.'],
  [{ tag: Symbol('a') }, 'data.tag is a symbol'],
  [{ text: 'a\0b' }, 'data.text is a text with a \\u0000 or half of a surrogate pair in it'],
  [{ text: ['\ud83d'] }, 'data.text[0] is a text with'],
  [{ 'a\0b': 1 }, 'data has a key "a\\u0000b"'],
  [{ deep: { '\ude00': 1 } }, 'data.deep has a key "\\ude00"'],
  [cycle, 'data.self[0] is an object that contains itself'],
  [nested(20_000), 'is nested more than 500 deep.'],
  [undefined, 'data is undefined'],
  [null, 'data is null: the data of an event must be an object.'],
  ['text', 'data is a string: the data of an event must be an object.'],
  [new Date(0), 'data is a Date'],
];

describe('data that the log could not give back as it is', () => {
  it.each(REFUSED)('is refused with its path: %#', (data, sentence) => {
    for (const act of [() => storedCopy(data as object), () => requireStorable(data)]) {
      expect(act).toThrow(
        expect.objectContaining({ code: 'invalid-append', message: expect.stringContaining(sentence) }),
      );
    }
  });

  it('is named by a path of limited length', () => {
    expect(() => storedCopy(nested(20_000))).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^.{1,300}$/) }),
    );
  });
});

describe('the copy of data', () => {
  it('is what the log will give back', () => {
    const given = { money: new Money(5), gone: undefined, zero: -0, list: [null, 'ü', '😀', { a: 1 }] };
    expect(storedCopy(given)).toStrictEqual(JSON.parse(JSON.stringify(given)));
  });

  it('of any JSON is that JSON', () => {
    assert(
      property(jsonValue(), (value) => {
        const data = { value };
        pre(!JSON.stringify(data).includes('\\u0000') && JSON.stringify(data).isWellFormed());
        const parsed: unknown = JSON.parse(JSON.stringify(data));
        let copy: unknown;
        try {
          copy = storedCopy(data);
        } catch {
          return pre(false); // half of a surrogate pair
        }
        expect(copy).toStrictEqual(parsed);
        expect(() => requireStorable(data)).not.toThrow();
      }),
    );
  });

  it('treats a key "__proto__" like any other key', () => {
    const copy = storedCopy(JSON.parse('{"__proto__":{"admin":true}}') as object);
    expect(Object.keys(copy)).toEqual(['__proto__']);
    expect((copy as { admin?: boolean }).admin).toBeUndefined();
  });

  it('is frozen, and leaves the given object as it is', () => {
    const given = { user: { roles: ['admin'] } };
    const copy = storedCopy(given);
    expect(() => copy.user.roles.push('more')).toThrow(TypeError);
    given.user.roles.push('more');
    expect(copy).toEqual({ user: { roles: ['admin'] } });
  });

  it('is made once', () => {
    const copy = storedCopy({ a: 1 });
    expect(storedCopy(copy)).toBe(copy);
  });
});
