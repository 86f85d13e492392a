import * as fc from 'fast-check';

/** A piece of JSON that `JSON.stringify` never writes. */
export class RawJson {
  constructor(readonly text: string) {}
}

/** Deeper than a recursion can follow, and smaller than the limit of a body. */
const DEPTHS = [100, 2_000, 20_000, 200_000];

const NUMBERS = ['-0', '1e400', '-1e400', '1e308', '5e-324', '9007199254740993', '1E+2', '9'.repeat(400)];
const TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'x\udc00',
  '\u202e',
  '\r\nX-Injected: 1',
  'x'.repeat(300),
  'x'.repeat(20_000),
  '\u{1F3AC}'.repeat(1_001),
  '__proto__',
  'constructor',
  'null',
  'NaN',
  '-1',
  '1e400',
  "'; drop table eventfold.events; --",
  '${7*7}',
  '../../../../etc/passwd',
  '%00',
  '2026-02-30T25:61:61Z',
  '+275760-09-13T00:00:00.001Z',
];

/** Any piece of a body, in place of another. */
export const nastyJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<unknown>(null, true, 0, -1, [], {}, [[]], [{}], [null]) },
  { weight: 4, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 3, arbitrary: fc.constantFrom(...NUMBERS).map((text) => new RawJson(text)) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' }) },
  { weight: 1, arbitrary: fc.constantFrom(...DEPTHS).map((depth) => deep('[', ']', depth)) },
  { weight: 1, arbitrary: fc.constantFrom(...DEPTHS).map((depth) => deep('{"a":', '}', depth)) },
);

export const extraKey = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', 'toJSON'),
  fc.constantFrom('', ' ', '\0', '\ud800', 'length', '0', '$ref', 'toEvent', 'extra', 'x'.repeat(5_000)),
);

function deep(open: string, close: string, depth: number): RawJson {
  return new RawJson(`${open.repeat(depth)}1${close.repeat(depth)}`);
}

/** Whole bodies that do not match their content type, or that are hard on a parser. */
export const nastyBody = fc.oneof(
  fc.constantFrom('', ' ', '{', '}', '[', 'null', '0', '"', '"text"', 'undefined', '{"a":1,}', "{'a':1}"),
  fc.constantFrom(
    '{"a":1,"a":2}',
    '\ufeff{}',
    '{}{}',
    '[{}',
    '{"__proto__":{"polluted":true}}',
    '{"\\u0000":1}',
  ),
  fc.constantFrom('{"constructor":{"prototype":{"polluted":true}}}', '{"a":"\ud800"}', '<a/>', 'a=b&c=d'),
  fc.constantFrom(' '.repeat(1_048_577), `"${'x'.repeat(1_000_000)}"`, '['.repeat(1_000_000)),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.json({ maxDepth: 5 }),
);

/** Parts of a path, written without encoding. */
export const nastySegment = fc.oneof(
  fc.constantFrom(
    '',
    '%',
    '%zz',
    '%ff',
    '%ED%A0%80',
    '%00',
    'a%00',
    '%0d%0aX-Injected:%201',
    '%C0%AF',
    '%25',
  ),
  fc.constantFrom('.', '..', '%2e%2e', '..%2f..%2fetc%2fpasswd', 'a%2Fb', 'a\\b', '//', ';a=b', '*', ':name'),
  fc.constantFrom('x'.repeat(129), 'x'.repeat(1_001), 'x'.repeat(12_001), '%F0%9F%8E%AC'.repeat(1_000)),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'null',
    '0',
    '-1',
    '{userId}',
    '%7B%7D',
    "'%20or%201=1",
  ),
  fc
    .string({ unit: 'binary', minLength: 1, maxLength: 20 })
    .map((text) => encodeURIComponent(text.toWellFormed())),
);

/** Queries behind the `?`, written without encoding. */
export const nastyQuery = fc.oneof(
  fc.constantFrom(
    '',
    '&',
    '=',
    '&&&',
    '%',
    '%00=1',
    'limit',
    'limit=',
    'limit=1&limit=2',
    'limit[]=1',
    'limit=1e1',
  ),
  fc.constantFrom(
    '__proto__=1',
    '__proto__[x]=1',
    'constructor.prototype.x=1',
    'limit=%ff',
    'limit=-0',
    'a=1&a=2',
  ),
  fc.constantFrom(`x=${'y'.repeat(8_000)}`, 'x=1&'.repeat(2_000), 'limit=99999999999999999999', '?', '#a'),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => encodeURIComponent(text.toWellFormed())),
);

const anyHeader = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '\t',
    ',',
    ';',
    '*',
    '"',
    '""',
    '\x7f',
    '\xff',
    'gr\xfc\xdfe',
    '\x01',
    'x'.repeat(256),
  ),
  fc.constantFrom('x'.repeat(9_000), '-1', '0x10', '1e3', '1, 2', 'null', '[object Object]', '%00'),
);

/** Values by the header's name in lower case. */
export const nastyHeaders: Record<string, fc.Arbitrary<string>> = {
  'if-match': fc.oneof(
    anyHeader,
    fc.constantFrom('3', 'W/"1"', '"1", "2"', '*', '"-1"', '"99999999999"', '"1'),
  ),
  'read-after': fc.oneof(
    anyHeader,
    fc.constantFrom('999999999', '999999999999999', '9999999999999999', '-0', '01', '1.0', 'Infinity'),
  ),
  'idempotency-key': fc.oneof(anyHeader, fc.constantFrom('x'.repeat(255), '__proto__', "'", ' a', '\\', '~')),
};
export const nastyHeader = (name: string) => nastyHeaders[name.toLowerCase()] ?? anyHeader;

/** Texts that were never a token of ours. */
export const nastyToken = fc.oneof(
  fc.constantFrom(
    '',
    'Bearer',
    'Bearer ',
    'bearer x',
    'Basic YWRhOng=',
    'Bearer a b',
    'Bearer a, Bearer b',
    'Token x',
  ),
  fc.constantFrom('Bearer ..', 'Bearer a.b', 'Bearer a.b.c.d', 'Bearer \xff', `Bearer ${'x'.repeat(9_000)}`),
  fc
    .tuple(
      fc.constantFrom<unknown>({ alg: 'none' }, { alg: 'HS256', crit: ['x'] }, { alg: 'RS256' }, null, []),
      fc.constantFrom<unknown>(
        { sub: 'x', scope: 'admin' },
        { exp: 'never' },
        { scope: [['admin']] },
        null,
        'x',
      ),
      fc.constantFrom('', 'AAAA', '!', 'x'.repeat(500)),
    )
    .map(([head, claims, signature]) => `Bearer ${base64url(head)}.${base64url(claims)}.${signature}`),
);

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A cursor of a list, cut or altered, or an invented one in its form. */
export const alteredCursor = (cursors: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    fc.tuple(fc.constantFrom(...cursors), fc.nat(60)).map(([cursor, at]) => cursor.slice(0, at)),
    fc
      .tuple(fc.constantFrom(...cursors), fc.nat(60), fc.constantFrom('A', '-', '=', '%00', '+', '/'))
      .map(([cursor, at, put]) => cursor.slice(0, at) + put + cursor.slice(at + 1)),
    fc
      .tuple(fc.constantFrom(...cursors), fc.nat(2), nastyJson)
      .map(([cursor, part, value]) => withPart(cursor, part, value)),
  );

function withPart(cursor: string, part: number, value: unknown): string {
  const parts = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
  return Buffer.from(toJson(parts.with(part, value))).toString('base64url');
}

/** JSON in which the raw pieces are not encoded. */
export function toJson(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${toJson(member)}`);
  return `{${members.join(',')}}`;
}
