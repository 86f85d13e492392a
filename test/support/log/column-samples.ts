import { Interval } from '../../../src/event-sourcing/projection/columns/interval.js';

/** The value that a handler puts into a column of a type, and the value that a later turn reads, if it differs. */
export interface ColumnSample {
  values: readonly [unknown, unknown];
  read?: readonly [unknown, unknown];
  /** Further options of the column. */
  options?: Readonly<Record<string, unknown>>;
  /** The value that `pg` and TypeORM make of an array of it. Default: the same for each element. */
  readArray?: readonly [unknown, unknown];
  /** Its text depends on `DateStyle`. */
  byDateStyle?: true;
  /** Arrays are refused. */
  noArray?: true;
}

const SUMMER = new Date('2026-07-01T12:34:56.789Z');
/** The second 02:30 in Berlin on the day when summer time ends. */
const SECOND_PASS = new Date('2026-10-25T01:30:00.123Z');
const FIRST_PASS = new Date('2026-10-25T00:30:00.123Z');

const numbers: ColumnSample = { values: [7, -12] };
const floats: ColumnSample = { values: [0.1, -1.5e-7] };
const decimals: ColumnSample = {
  values: ['12345678901234567890.50', '-0.001'],
  readArray: [Number('12345678901234567890.5'), -0.001],
};
const texts: ColumnSample = { values: ['it\'s "{a,b}"\n\\ é 😀', ''] };
const flags: ColumnSample = { values: [true, false] };
const instants: ColumnSample = { values: [SUMMER, SECOND_PASS] };
const clocks: ColumnSample = { values: [SECOND_PASS, FIRST_PASS] };
const same = (...values: [unknown, unknown]): ColumnSample => ({ values });

/**
 * Samples for every name that TypeORM's driver supports for PostgreSQL, and for types of our own. Call it in the time
 * zone of the test.
 */
export const columnSamples = (): Readonly<Record<string, ColumnSample | 'refused'>> => ({
  int: numbers,
  int2: numbers,
  int4: numbers,
  smallint: numbers,
  integer: numbers,
  int8: same('9007199254740993', '-1'),
  bigint: { values: [9007199254740993n, 5], read: ['9007199254740993', '5'] },
  decimal: {
    ...decimals,
    options: { precision: 30, scale: 3 },
    values: ['1.5', 2.0005],
    read: ['1.500', '2.001'],
    readArray: [1.5, 2.001],
  },
  numeric: decimals,
  real: { values: [0.1, 16777216] },
  float: floats,
  float4: floats,
  float8: { values: [0.30000000000000004, Infinity] },
  'double precision': floats,
  money: same('$1.50', '-$2.00'),
  'character varying': texts,
  varchar: texts,
  character: { values: ['ab', 'abcd'], read: ['ab  ', 'abcd'], options: { length: 4 } },
  char: same('a', 'b'),
  text: texts,
  citext: same('Ada', 'ADA'),
  hstore: {
    values: [{ a: '1', 'b "c"': null }, {}],
    options: { hstoreType: 'object' },
    noArray: true,
  },
  bytea: same(Buffer.from([0, 92, 255]), Buffer.alloc(0)),
  bit: { values: ['101', '011'], options: { length: 3 } },
  varbit: same('101', ''),
  'bit varying': same('1', '0'),
  timetz: same('12:00:00+02', '12:00:00.5-03:30'),
  timestamptz: instants,
  'timestamp with time zone': instants,
  timestamp: clocks,
  'timestamp without time zone': clocks,
  date: {
    values: ['2026-10-25', new Date(2026, 0, 2)],
    read: ['2026-10-25', '2026-01-02'],
    readArray: [new Date(2026, 9, 25), new Date(2026, 0, 2)],
  },
  time: same('09:05:00', '23:59:59.5'),
  'time without time zone': same('09:05:00', '23:59:59.5'),
  'time with time zone': same('12:00:00+02', '12:00:00-03:30'),
  interval: {
    values: [
      new Interval({ years: 1, months: 2, days: 3, hours: 4, minutes: 5, seconds: 6.5 }),
      new Interval({ years: 0, months: 0, days: 0, hours: 0, minutes: 0, seconds: -1 }),
    ],
    noArray: true,
  },
  bool: flags,
  boolean: flags,
  enum: { values: ['in, stock', 2], options: { enum: ['in, stock', 'gone', 2] } },
  'simple-enum': { values: ['a', 'b'], options: { enum: ['a', 'b'] } },
  'simple-array': { values: [['a', 'b'], []], noArray: true },
  'simple-json': { values: [{ a: [1, null] }, 'text'], noArray: true },
  point: same({ x: 1, y: -2.5 }, { x: 0, y: 0 }),
  circle: same({ x: 1, y: 2, radius: 3 }, { x: 0, y: 0, radius: 0.5 }),
  line: same('{1,2,3}', '{0,1,0}'),
  lseg: same('[(1,2),(3,4)]', '[(0,0),(1,1)]'),
  box: same('(3,4),(1,2)', '(1,1),(0,0)'),
  path: same('((1,2),(3,4))', '[(0,0),(1,1)]'),
  polygon: same('((1,2),(3,4),(5,6))', '((0,0),(1,1))'),
  cidr: same('10.0.0.0/8', '2001:db8::/32'),
  inet: same('10.0.0.1', '10.0.0.1/8'),
  macaddr: same('08:00:2b:01:02:03', '00:00:00:00:00:00'),
  macaddr8: same('08:00:2b:01:02:03:04:05', '00:00:00:00:00:00:00:01'),
  tsvector: same("'a':1 'b':2", ''),
  tsquery: same("'a' & 'b'", "'c'"),
  uuid: {
    values: ['3F2B8C1E-9D47-4D55-A7CB-2E2F1D9B6A10', '{3f2b8c1e9d474d55a7cb2e2f1d9b6a11}'],
    read: ['3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10', '3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a11'],
  },
  xml: same('<a>1</a>', '<b/>'),
  json: {
    values: [{ b: 1, a: [null, '\u2028'] }, { at: SUMMER }],
    read: [{ b: 1, a: [null, '\u2028'] }, { at: SUMMER.toISOString() }],
  },
  jsonb: same({ b: 1, a: [null, true, 'x'] }, 'a text'),
  jsonpath: same('$."a"[*]', '$'),
  int4range: same('[1,5)', 'empty'),
  int8range: same('[1,9007199254740993)', '(,)'),
  numrange: same('[1.5,2.5]', '(,0)'),
  tsrange: { ...same('["2026-01-01 00:00:00","2026-01-02 00:00:00")', 'empty'), byDateStyle: true },
  tstzrange: same('empty', '(,)'),
  daterange: { ...same('[2026-01-01,2026-01-05)', 'empty'), byDateStyle: true },
  int4multirange: same('{[1,5),[7,8)}', '{}'),
  int8multirange: same('{[1,5)}', '{}'),
  nummultirange: same('{[1.5,2.5]}', '{}'),
  tsmultirange: { ...same('{["2026-01-01 00:00:00","2026-01-02 00:00:00")}', '{}'), byDateStyle: true },
  tstzmultirange: same('{(,)}', '{}'),
  datemultirange: { ...same('{[2026-01-01,2026-01-05)}', '{}'), byDateStyle: true },
  geometry: 'refused',
  geography: 'refused',
  cube: same([1, 2, 3], [0.5]),
  ltree: same('Top.Science', 'Top'),
  vector: {
    values: [
      [1, 2.5, 3],
      [0, 0, 0],
    ],
    options: { length: 3 },
    noArray: true,
  },
  halfvec: {
    values: [
      [1, 2.5, 3],
      [0, 0, 0],
    ],
    options: { length: 3 },
    noArray: true,
  },
});
