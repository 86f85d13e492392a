import type { RowColumns } from './row-columns.js';

/** A copy of a row in the form in which a later turn would read it. It shares no array, date or JSON with the row. */
export function copyOfRow<Row extends object>(columns: RowColumns<Row>, row: Row): Row {
  const copy = columns.copySettled(row) as Record<string, unknown>;
  for (const property of Object.keys(copy)) copy[property] = copied(copy[property]);
  return copy as Row;
}

/** Copies the whole depth of JSON values and dates. Anything else counts as one value. */
function copied(value: unknown): unknown {
  if (value instanceof Date) return new Date(value);
  if (Array.isArray(value)) return value.map(copied);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, copied(part)]));
}
