/**
 * How a read model uses each type of PostgreSQL, one line a type: how a value is read and written, when two keys are
 * the same row, or why the type is refused. All code that works with rows uses this table.
 *
 * A row is read as one JSON array in one text, so the type parsers that a host sets in `pg` are never called. It is
 * written as JSON, which PostgreSQL casts to the types of the columns. Values that TypeORM's driver converts are
 * converted here too: a handler sees the same values as in a repository of TypeORM, except that an array of any type is
 * an array.
 */
import type { ColumnMetadata } from '../../postgres/column-conversion.js';
import {
  instantFromJson,
  instantToJson,
  midnightFromJson,
  rounded,
  wallClockFromJson,
  wallClockToJson,
} from './dates.js';
import { canonicalDecimal, decimal } from './decimal-spelling.js';
import { Interval, selectInterval } from './interval.js';
import { fromJsonAgain } from './json.js';
import * as spell from './spellings.js';

/** The kind of a column. Values are never null or undefined here, and elements of an array come one by one. */
export interface ColumnKind {
  /**
   * SQL that selects the value for JSON, when PostgreSQL's own JSON loses something or depends on settings. `cast` is
   * `[]` for an array.
   */
  select?: (column: string, cast: '' | '[]') => string;
  /** Turns the JSON into the value that `pg` would return. Default: the JSON itself. */
  read?: (json: any, column: ColumnMetadata) => unknown;
  /** The same for an element of an array, when `pg` converts elements differently. */
  readElement?: (json: any) => unknown;
  /** Turns the value into JSON that PostgreSQL casts to the type. Default: the value itself. */
  write?: (value: any, column: ColumnMetadata) => unknown;
  /** Whether TypeORM's driver converts the value before `write` and after `read`. */
  byDriver?: true;
  /**
   * Whether a later turn reads the value exactly as it was put. A quick check, which leaves all other values to
   * `settle`.
   */
  isSettled?: (column: ColumnMetadata) => (value: unknown) => boolean;
  /**
   * Turns any other value into the one that a later turn will read, as far as JavaScript can tell. Default: `write`,
   * then `read`.
   */
  settle?: (value: any, column: ColumnMetadata) => unknown;
  /** The same result for keys that PostgreSQL considers equal. A type without it cannot be a key. */
  key?: (value: any, column: ColumnMetadata) => string | number | boolean;
  /** The reason why the type cannot be a key, when there is a special one. */
  noKey?: string;
  /** TypeORM reads the type as a string, although it is a number. */
  readsString?: true;
  /** The value is an array itself. */
  isList?: true;
  /** Arrays of the type are refused. */
  noArray?: true;
  /** The reason why columns of the type are refused. */
  refused?: string;
}

const text = (column: string, cast: '' | '[]') => `${column}::text${cast}`;
const isString = () => (value: unknown) => typeof value === 'string';
const isNumber = () => (value: unknown) => typeof value === 'number';
const isBoolean = () => (value: unknown) => typeof value === 'boolean';
const scaleOf = ({ precision, scale }: ColumnMetadata) => scale ?? (precision == null ? undefined : 0);
const roundedFor = (value: unknown, { precision }: ColumnMetadata) => rounded(value, precision ?? 6);
/** Whether a `Date` is kept: columns with a precision below milliseconds round it. */
const isDate = (digits: number) => (column: ColumnMetadata) =>
  (column.precision ?? 6) < digits ? () => false : (value: unknown) => value instanceof Date;

/**
 * Only PostgreSQL knows how it writes the value: handlers see it as it was put, and from the next turn on as PostgreSQL
 * writes it.
 */
const opaque: ColumnKind = { write: spell.textToJson, settle: (value) => value };
const characters: ColumnKind = { write: spell.textToJson, isSettled: isString, key: spell.textToJson };
const integer: ColumnKind = {
  write: spell.numberToJson,
  isSettled: isNumber,
  settle: Number,
  key: spell.integerKey,
};
const member: ColumnKind = { read: spell.memberOf, write: String, key: String };
const json: ColumnKind = { settle: fromJsonAgain };
const pair: ColumnKind = { read: spell.pointFromText, byDriver: true };
const vector: ColumnKind = {
  select: text,
  byDriver: true,
  settle: (value) => value,
  isList: true,
  noArray: true,
};
const spatial: ColumnKind = {
  refused: 'TypeORM wraps it into functions of PostGIS, which a turn cannot. Keep its GeoJSON in a "jsonb"',
};
const wallClockOf = (value: unknown, column: ColumnMetadata) =>
  wallClockToJson(roundedFor(value, column), column.precision ?? 6);
const instantOf = (value: unknown, column: ColumnMetadata) => instantToJson(roundedFor(value, column));

const KINDS: Readonly<Record<string, ColumnKind>> = {
  smallint: integer,
  integer,
  bigint: {
    select: text,
    readsString: true,
    write: String,
    settle: (value) => decimal(value, 0),
    key: spell.integerKey,
  },
  numeric: {
    select: text,
    readsString: true,
    readElement: Number,
    write: String,
    settle: (value, column) => decimal(value, scaleOf(column)),
    key: (value, column) => canonicalDecimal(value, scaleOf(column)),
  },
  real: {
    read: Number,
    write: spell.numberToJson,
    settle: spell.shortestReal,
    key: (value) => spell.shortestReal(value) + 0, // 0 is -0
  },
  'double precision': {
    read: Number,
    write: spell.numberToJson,
    isSettled: isNumber,
    settle: Number,
    key: (value) => Number(value) + 0,
  },
  money: opaque,
  boolean: { isSettled: isBoolean, settle: spell.booleanOf, key: spell.booleanOf },

  text: characters,
  'character varying': characters,
  character: {
    write: spell.textToJson,
    settle: (value, { length }) => spell.padded(value, Number(length || 1)),
    key: spell.withoutTrailingBlanks, // PostgreSQL does not compare them
  },
  citext: { ...opaque, noKey: 'PostgreSQL compares it without regard to case, by rules of its own' },
  enum: member,
  'simple-enum': member,
  'simple-array': { byDriver: true, isList: true, noArray: true },
  'simple-json': { byDriver: true, isList: true, noArray: true },
  uuid: { isSettled: () => spell.isUuid, settle: spell.uuid, key: spell.uuid },
  json,
  jsonb: json,
  jsonpath: opaque,
  xml: opaque,
  hstore: { select: text, byDriver: true, noArray: true },
  ltree: { select: text, byDriver: true },
  tsvector: opaque,
  tsquery: opaque,

  bytea: {
    read: spell.bytesFromText,
    write: spell.bytesToText,
    isSettled: () => (value) => Buffer.isBuffer(value),
    key: (value) => String(spell.bytesToText(value)),
  },
  bit: opaque,
  'bit varying': opaque,

  date: { byDriver: true, readElement: midnightFromJson, isSettled: isString, key: spell.dateKey },
  'time without time zone': { byDriver: true },
  'time with time zone': opaque,
  'timestamp with time zone': {
    read: instantFromJson,
    write: instantOf,
    byDriver: true,
    isSettled: isDate(3),
    key: (value, column) => String(instantOf(value, column)),
  },
  'timestamp without time zone': {
    read: wallClockFromJson,
    write: wallClockOf,
    byDriver: true,
    isSettled: isDate(6),
    key: (value, column) => String(wallClockOf(value, column)),
  },
  interval: {
    select: selectInterval,
    read: (fields) => new Interval(fields),
    write: (value) => (typeof value.toPostgres === 'function' ? value.toPostgres() : value),
    settle: (value) => value,
    noKey: '"1 day" and "24 hours" are the same to PostgreSQL',
    noArray: true,
  },

  point: pair,
  circle: pair,
  line: opaque,
  lseg: opaque,
  box: opaque,
  path: opaque,
  polygon: opaque,
  geometry: spatial,
  geography: spatial,
  cube: { select: text, byDriver: true, isList: true },
  vector,
  halfvec: vector,

  cidr: opaque,
  inet: opaque,
  macaddr: opaque,
  macaddr8: opaque,
  int4range: opaque,
  int8range: opaque,
  numrange: opaque,
  tsrange: opaque,
  tstzrange: opaque,
  daterange: opaque,
  int4multirange: opaque,
  int8multirange: opaque,
  nummultirange: opaque,
  tsmultirange: opaque,
  tstzmultirange: opaque,
  datemultirange: opaque,
};

/** @param type as the driver normalizes it, or as PostgreSQL's `format_type` writes it */
export const kindOf = (type: string | Function): ColumnKind | undefined => KINDS[String(type)];
