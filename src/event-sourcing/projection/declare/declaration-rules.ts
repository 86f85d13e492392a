/** Rules of options that projections and reactions both have. */
import { isClass, listOf } from '../../options/class-lists.js';
import { type Rule, wholeNumber } from '../../options/rules.js';

export const PARTITIONS = wholeNumber(1, 256, 1);

export const KEY: Rule = {
  isOptional: true,
  says: 'the name of a property of the data, or a function of the event',
  accepts: (value) => typeof value === 'function' || (typeof value === 'string' && value !== ''),
};

const touchedRows = (each: any) => isClass(each?.entity) && typeof each.key === 'function';

export const ROWS: Rule = {
  ...listOf('entries that touches(Entity, key) makes', touchedRows),
  byDefault: undefined,
};
