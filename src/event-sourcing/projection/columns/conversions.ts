import {
  asElement,
  type ColumnMetadata,
  type Driver,
  fromStored,
  toStored,
} from '../../postgres/column-conversion.js';
import type { ColumnKind } from './column-kinds.js';
import { numberToJson } from './spellings.js';

export type Key = string | number | boolean;
type Convert = (value: any) => unknown;

/**
 * The conversions of values that are not null, without the transformer of the column. Undefined means no conversion.
 */
export interface Conversions {
  toJson: Convert | undefined;
  fromJson: Convert | undefined;
  /** Returns the value that a later turn will read; the same object when it is the same. */
  settle: Convert;
  /**
   * Whether `settle` would return the same value. Called for every column of a row that is put and found again, so it
   * must be fast.
   */
  isSettled: (value: unknown) => boolean;
  key: (value: any) => Key;
}

/** The conversions of one column, from its kind. An array is converted element by element. */
export function conversionsOf(kind: ColumnKind, column: ColumnMetadata, driver: Driver): Conversions {
  const { prepare, hydrate } = byDriver(kind, column, driver);
  const key = (value: unknown): Key => kind.key!(prepare ? prepare(value) : value, column);
  // A key is written in one way, so that its row is the same whichever event comes first.
  const toJson = column.isPrimary
    ? inTurn(key, numberToJson)
    : inTurn(prepare, kind.write && ((value) => kind.write!(value, column)));
  const readElement = column.isArray ? kind.readElement : undefined;
  const fromJson = readElement ?? inTurn(kind.read && ((value) => kind.read!(value, column)), hydrate);
  const settle = settling(kind, column, { toJson, fromJson });
  const isSettled = settledBy(kind, column, settle);
  if (!column.isArray) return { toJson, fromJson, settle, isSettled, key };
  const ofAll = (convert: Convert) => (value: unknown) => ofEach(value, convert, kind.isList);
  return {
    toJson: toJson && ofAll(toJson),
    fromJson: fromJson && ofAll(fromJson),
    settle: ofAll(settle),
    isSettled: (value) => !Array.isArray(value) || value.every((each) => each === null || isSettled(each)),
    key,
  };
}

/** The conversions of TypeORM's driver, for one element and without the transformer. */
function byDriver(kind: ColumnKind, column: ColumnMetadata, driver: Driver) {
  if (!kind.byDriver) return { prepare: undefined, hydrate: undefined };
  const element = asElement(column);
  const prepare: Convert = (value) => toStored(driver, element, value);
  const hydrate: Convert = (value) => fromStored(driver, element, value);
  return { prepare, hydrate };
}

function settling(
  kind: ColumnKind,
  column: ColumnMetadata,
  { toJson, fromJson }: Pick<Conversions, 'toJson' | 'fromJson'>,
): Convert {
  const { settle } = kind;
  const isElement = column.isArray && kind.readElement !== undefined;
  const respell = settle && ((value: unknown) => settle(value, column));
  const convert = inTurn(
    respell === undefined || column.isPrimary ? toJson : undefined,
    respell === undefined ? fromJson : inTurn(respell, isElement ? kind.readElement : undefined),
  );
  if (convert === undefined) return (value: unknown) => value;
  const isSame = isElement ? undefined : kind.isSettled?.(column);
  return isSame === undefined ? convert : (value: unknown) => (isSame(value) ? value : convert(value));
}

function settledBy(kind: ColumnKind, column: ColumnMetadata, settle: Convert): (value: unknown) => boolean {
  const isElement = column.isArray && kind.readElement !== undefined;
  return (!isElement && kind.isSettled?.(column)) || ((value) => settle(value) === value);
}

function inTurn(first: Convert | undefined, second: Convert | undefined): Convert | undefined {
  return first && second ? (value) => second(first(value)) : (first ?? second);
}

/**
 * Converts each element; returns the same array when no element changes. A value that is no array is an array as
 * PostgreSQL writes it, and is returned as it is.
 *
 * @param isList whether the elements are arrays themselves; otherwise an array in an array is a further dimension
 */
function ofEach(value: unknown, convert: Convert, isList = false): unknown {
  if (!Array.isArray(value)) return value;
  const converted = value.map((element: unknown) => convertElement(element, convert, isList));
  return converted.every((element, index) => element === value[index]) ? value : converted;
}

function convertElement(element: unknown, convert: Convert, isList: boolean): unknown {
  if (element === null || element === undefined) return null;
  return Array.isArray(element) && !isList ? ofEach(element, convert) : convert(element);
}
