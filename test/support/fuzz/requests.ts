import * as fc from 'fast-check';
import * as nasty from './nasties.js';
import {
  type Document,
  type Known,
  type Operation,
  operationsOf,
  type Parameter,
  Values,
} from './open-api.js';

/** A request as its bytes, whether or not HTTP allows them. */
export interface FuzzRequest {
  /** `GET /users/{userId}`, or a description of another request. */
  aim: string;
  method: string;
  target: string;
  headers: [name: string, value: string][];
  body?: string;
  /** These bytes instead of the members above, on a connection of their own. */
  bytes?: string;
  /** Our side of the connection ends after them. */
  isCutOff?: boolean;
}

/** The share of requests that are for no route, or are no HTTP. */
const ASTRAY = 0.07;

/**
 * Rounds of requests: each has one for every route, and some that go astray, in any order.
 *
 * @param tokens valid ones for the header Authorization; empty for an open service
 */
export function roundsOf(
  document: Document,
  known: Known,
  tokens: readonly string[],
): fc.Arbitrary<FuzzRequest[]> {
  const operations = operationsOf(document);
  const values = new Values(document, known, nasty.nastyJson, nasty.extraKey);
  const lost = fc.oneof(
    { weight: 2, arbitrary: astray(operations.map(({ path }) => path)) },
    { weight: 1, arbitrary: malformed },
  );
  const some = Array<typeof lost>(Math.ceil(operations.length * ASTRAY)).fill(lost);
  const round = fc.tuple(...operations.map((one) => toOperation(one, values, known, tokens)), ...some);
  return round.chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));
}

const often = <T>(good: fc.Arbitrary<T>, bad: fc.Arbitrary<T>, weight: number) =>
  fc.oneof({ weight, arbitrary: good }, { weight: 1, arbitrary: bad });

/** Gives null `weight` times as often as a value. */
const rarely = <T>(value: fc.Arbitrary<T>, weight: number) =>
  often<T | null>(fc.constant(null), value, weight);

function toOperation(
  { method, path, parameters, body }: Operation,
  values: Values,
  known: Known,
  tokens: readonly string[],
): fc.Arbitrary<FuzzRequest> {
  const text = ({ name, schema = {} }: Parameter) => values.of(schema, name).map(asText);
  const ofKind = (kind: Parameter['in']) => parameters.filter((one) => one.in === kind);
  const segments = ofKind('path').map((parameter) =>
    often(
      text(parameter).map((value) => encodeURIComponent(value.toWellFormed())),
      nasty.nastySegment,
      12,
    ),
  );
  const queries = ofKind('query').map((parameter) =>
    rarely(queryValue(parameter, text(parameter), known), 2),
  );
  const headers = ofKind('header').map(({ name }) => rarely(headerOf(name), 2));
  return fc
    .record({
      segments: fc.tuple(...segments),
      queries: fc.tuple(...queries),
      query: rarely(nasty.nastyQuery, 30),
      headers: fc.tuple(...headers),
      others: others(tokens),
      body: body ? often(values.of(body).map(nasty.toJson), nasty.nastyBody, 15) : noBody,
      type: often(fc.constant('application/json'), fc.constantFrom(...CONTENT_TYPES), 25),
    })
    .map((made) => ({
      aim: `${method} ${path}`,
      method,
      target: filled(path, ofKind('path'), made.segments) + queryOf(made.queries, made.query),
      headers: [
        ...made.headers.filter((one) => one !== null),
        ...made.others,
        ...(made.body === undefined ? [] : [['Content-Type', made.type] as [string, string]]),
      ],
      ...(made.body !== undefined && { body: made.body }),
    }));
}

const noBody = fc.oneof(
  { weight: 20, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: nasty.nastyBody },
);

function queryValue({ name }: Parameter, good: fc.Arbitrary<string>, known: Known): fc.Arbitrary<string> {
  const bad = name === 'cursor' ? nasty.alteredCursor(known.cursor!) : nasty.nastySegment;
  return often(
    good.map((value) => encodeURIComponent(value.toWellFormed())),
    bad,
    name === 'cursor' ? 1 : 10,
  ).map((value) => `${name}=${value}`);
}

function headerOf(name: string): fc.Arbitrary<[string, string]> {
  const good: Record<string, fc.Arbitrary<string>> = {
    'if-match': fc.integer({ min: 1, max: 30 }).map((version) => `"${version}"`),
    'read-after': fc.integer({ min: 0, max: 200 }).map(String),
    'idempotency-key': fc.integer({ min: 1, max: 400 }).map((number) => `key-${number}`),
  };
  const value = often(good[name.toLowerCase()] ?? fc.uuid(), nasty.nastyHeader(name), 4);
  return value.map((text) => [name, text]);
}

/** Headers that no route uses. Two of one name are allowed. */
function others(tokens: readonly string[]): fc.Arbitrary<[string, string][]> {
  const token =
    tokens.length === 0 ? nasty.nastyToken : often(fc.constantFrom(...tokens), nasty.nastyToken, 16);
  const authorization = token.map((value): [string, string] => ['Authorization', value]);
  const odd = fc.constantFrom<[string, string]>(...ODD_HEADERS);
  return fc
    .tuple(
      fc.option(authorization, { freq: tokens.length === 0 ? 1 : 20 }),
      fc.oneof(
        { weight: 8, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.array(odd, { maxLength: 3 }) },
      ),
    )
    .map(([first, more]) => [...(first ? [first] : []), ...more]);
}

const ODD_HEADERS: [string, string][] = [
  ['Expect', '100-continue'],
  ['Expect', 'a miracle'],
  ['Content-Encoding', 'gzip'],
  ['Accept', 'text/html;q=2'],
  ['Accept-Encoding', '*;q=0'],
  ['Origin', 'null'],
  ['X-Forwarded-For', '1.2.3.4, '.repeat(500)],
  ['X-HTTP-Method-Override', 'DELETE'],
  ['Upgrade', 'websocket'],
  ['Connection', 'Upgrade'],
  ['Range', 'bytes=9-1'],
  ['Cookie', '__proto__=1; ;=;'],
  ['X-Correlation-Id', 'twice'],
  ['X-Correlation-Id', 'thrice'],
  ['Idempotency-Key', 'key-1'],
  ['Idempotency-Key', 'key-2'],
  ['If-Match', '"1"'],
  ['Read-After', '1'],
  ['Host', 'elsewhere.example'],
  ['__proto__', 'polluted'],
  ['constructor', 'x'],
  ['X-Long', 'x'.repeat(17_000)],
  ['x'.repeat(17_000), 'x'],
  ['X-Bytes', '\xff\xfe'],
];

const CONTENT_TYPES = [
  '',
  'json',
  'text/plain',
  'text/json',
  'application/xml',
  'multipart/form-data',
  'application/x-www-form-urlencoded',
  'application/json; charset=utf-7',
  'application/json; charset=utf-16',
  'application/json;',
  'application/json, text/plain',
  'application/problem+json',
  'application/jsonp',
  'APPLICATION/JSON',
  '__proto__',
  '*/*',
  'x/'.repeat(3_000),
];

const METHODS = [
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'DELETE',
  'PUT',
  'POST',
  'TRACE',
  'PROPFIND',
  'SEARCH',
  'PURGE',
];

/** Known paths with other methods, and unknown paths. */
function astray(paths: readonly string[]): fc.Arbitrary<FuzzRequest> {
  const known = fc.constantFrom(
    ...paths,
    '/docs',
    '/openapi.json',
    '/docs/x',
    '/docs/..%2f..%2fpackage.json',
  );
  const unknown = fc
    .tuple(fc.array(nasty.nastySegment, { maxLength: 4 }), fc.option(nasty.nastyQuery))
    .map(([parts, query]) => `/${parts.join('/')}${query === null ? '' : `?${query}`}`);
  return fc.record({
    aim: fc.constant('astray'),
    method: fc.constantFrom(...METHODS),
    target: fc.oneof(known, unknown),
    headers: fc.constantFrom<[string, string][]>([], [['Content-Type', 'application/json']]),
    body: fc.constantFrom('', '{}'),
  });
}

const HOST = 'Host: a\r\n';
const JSON_TYPE = 'Content-Type: application/json\r\n';
/** Messages that HTTP does not allow, or that a client never sends. */
const MALFORMED = [
  'GET\r\n\r\n',
  'GET /users\r\n\r\n',
  'GET /health/live HTTP/1.1\r\n\r\n', // no Host
  `GET /health/live HTTP/9.9\r\n${HOST}\r\n`,
  `get /health/live HTTP/1.1\r\n${HOST}\r\n`,
  `NONSENSE /users HTTP/1.1\r\n${HOST}\r\n`,
  `GET /users /users HTTP/1.1\r\n${HOST}\r\n`,
  `GET /us\0ers HTTP/1.1\r\n${HOST}\r\n`,
  `GET /users HTTP/1.1\r\n${HOST}${HOST}\r\n`,
  `GET /users HTTP/1.1\r\n${HOST}A b: c\r\n\r\n`,
  `GET /users HTTP/1.1\r\n${HOST}: c\r\n\r\n`,
  `GET /users HTTP/1.1\r\n${HOST}A: b\0c\r\n\r\n`,
  `GET /users HTTP/1.1\r\n${HOST}A: b\nC: d\r\n\r\n`,
  `GET /users HTTP/1.1\r\n${HOST}X: ${'x'.repeat(100_000)}\r\n\r\n`,
  `GET /${'x'.repeat(100_000)} HTTP/1.1\r\n${HOST}\r\n`,
  `GET /users HTTP/1.1\r\n${HOST}${'X: y\r\n'.repeat(3_000)}\r\n`,
  `POST /users HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: -1\r\n\r\n{}`,
  `POST /users HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 1e1\r\n\r\n{}`,
  `POST /users HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
  `POST /users HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 99999999999999999999\r\n\r\n{}`,
  `POST /users HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  `POST /users HTTP/1.1\r\n${HOST}${JSON_TYPE}Transfer-Encoding: nonsense\r\n\r\n{}`,
  `POST /users HTTP/1.1\r\n${HOST}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
  `POST /users HTTP/1.1\r\n${HOST}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
  `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`,
  `GET http://elsewhere.example/users HTTP/1.1\r\n${HOST}\r\n`,
  `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
  `GET /users HTTP/1.0\r\n\r\n`,
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', // the beginning of TLS
];
/** A message that is cut off. */
const CUT_OFF = [
  `GET /users HTTP/1.1\r\n${HOST}`,
  `POST /users HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 100\r\n\r\n{"email"`,
  `POST /users HTTP/1.1\r\n${HOST}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n2\r\n{}`,
];

const malformed = fc
  .oneof(
    fc.record({ bytes: fc.constantFrom(...MALFORMED), isCutOff: fc.constant(false) }),
    fc.record({ bytes: fc.constantFrom(...CUT_OFF), isCutOff: fc.constant(true) }),
  )
  .map((request): FuzzRequest => ({ aim: 'malformed', method: '', target: '', headers: [], ...request }));

function filled(path: string, parameters: readonly Parameter[], values: readonly string[]): string {
  return parameters.reduce(
    (filling, { name }, index) => filling.replace(`{${name}}`, () => values[index]!),
    path,
  );
}

function queryOf(parts: readonly (string | null)[], nastyPart: string | null): string {
  const all = [...parts, nastyPart].filter((part) => part !== null);
  return all.length === 0 ? '' : `?${all.join('&')}`;
}

const asText = (value: unknown) => (typeof value === 'string' ? value : nasty.toJson(value).slice(0, 2_000));
