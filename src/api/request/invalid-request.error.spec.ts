import { describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import { IsInt, Length, ValidateNested } from 'class-validator';
import { TextSet } from './fields.js';
import { InvalidRequest } from './invalid-request.error.js';
import { check } from './validation.js';

class Line {
  @IsInt() count: number;
}

class Order {
  @Length(1, 5) name: string;
  @ValidateNested() @Type(() => Line) first: Line;
  @ValidateNested({ each: true }) @Type(() => Line) lines: Line[];
  @TextSet({ maxItems: 3, maxLength: 5 }) tags: string[];
}

const order = { name: 'Ada', first: { count: 1 }, lines: [{ count: 1 }, { count: 2 }], tags: ['a'] };

function pathsOf(body: unknown): string[] {
  const checked = check(Order, body);
  return 'errors' in checked ? checked.errors.map(({ path }) => path) : [];
}

describe('the paths of an invalid request', () => {
  it('are none of a valid one', () => {
    expect(pathsOf(order)).toEqual([]);
  });

  it.each([
    ['a field', { ...order, name: '' }, ['name']],
    ['a field of a part', { ...order, first: { count: 'one' } }, ['first.count']],
    ['a field of an element', { ...order, lines: [{ count: 1 }, { count: 1.5 }] }, ['lines[1].count']],
    ['the array whose element is wrong', { ...order, tags: ['a', 'too long'] }, ['tags']],
    ['an unknown field', { ...order, nmae: 'Ada' }, ['nmae']],
    ['an unknown field of an element', { ...order, lines: [{ count: 1, price: 2 }] }, ['lines[0].price']],
    [
      'every wrong field',
      { ...order, name: 1, lines: [{}, {}] },
      ['name', 'lines[0].count', 'lines[1].count'],
    ],
  ])('name %s', (_what, body, paths) => {
    expect(pathsOf(body)).toEqual(paths);
  });

  it.each([[null], ['text'], [42], [[order]], [undefined]])('are the whole when it is %j', (body) => {
    expect(check(Order, body)).toEqual({ errors: [{ path: '', message: 'must be an object' }] });
  });

  it('come with one message for each field, however many of its rules it breaks', () => {
    const message = expect.any(String);
    expect(check(Order, { ...order, name: '', tags: [5, 5, '', 'too long'] })).toEqual({
      errors: [
        { path: 'name', message },
        { path: 'tags', message },
      ],
    });
  });
});

describe('an invalid request', () => {
  it('is told with all its messages, and shows the paths to clients', () => {
    const errors = [
      { path: 'email', message: 'email must be an email' },
      { path: 'limit', message: 'limit must not be less than 1' },
    ];
    const error = new InvalidRequest(errors);
    expect(error).toMatchObject({ kind: 'invalid', code: 'invalid-request', details: { errors } });
    expect(error.message).toBe('email must be an email; limit must not be less than 1');
  });

  it('tells twenty of its errors, and how many there are besides', () => {
    const errors = Array.from({ length: 1_000 }, (_, at) => ({ path: `a${at}`, message: `a${at} is wrong` }));
    const error = new InvalidRequest(errors);
    expect(error.errors).toEqual(errors.slice(0, 20));
    expect(error.message).toMatch(/a19 is wrong; and 980 more$/);
  });

  it('cuts names that a client has made up, and no character in two', () => {
    const name = `${'n'.repeat(98)}\u{1f600}${'n'.repeat(100_000)}`;
    for (const body of [{ [name]: 1 }, { ...order, first: { count: 1, [name]: 1 } }]) {
      const checked = check(Order, body);
      const [error] = new InvalidRequest('errors' in checked ? checked.errors : []).errors;
      expect(error!.path.length).toBeLessThanOrEqual(100);
      expect(error!.message.length).toBeLessThanOrEqual(300);
      expect(JSON.stringify(error)).not.toMatch(/\\ud83d/);
    }
  });
});
