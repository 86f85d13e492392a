/** The rules of what projections and reactions declare. */
import { isClass, listOf } from '../../options/class-lists.js';
import { NAME, oneOf, optional, type Rule, wholeNumber } from '../../options/rules.js';
import type { ProjectionOptions } from './projection.decorator.js';
import type { ReactionOptions } from './reaction.decorator.js';
import { MAX_INTEGER } from '../../postgres/integer.js';

const partitions = wholeNumber(1, 256, 1);
const key: Rule = {
  isOptional: true,
  says: 'the name of a property of the data, or a function of the event',
  accepts: (value) => typeof value === 'function' || (typeof value === 'string' && value !== ''),
};

const touchedRows = (each: any) => isClass(each?.entity) && typeof each.key === 'function';

export const PROJECTION_RULES: Record<keyof ProjectionOptions, Rule> = {
  name: NAME,
  revision: wholeNumber(0, MAX_INTEGER),
  rows: {
    ...listOf('entries that touches(Entity, key) makes', touchedRows),
    byDefault: undefined,
  },
  key,
  partitions,
};

export const REACTION_RULES: Record<keyof ReactionOptions, Rule> = {
  name: NAME,
  revision: wholeNumber(0, MAX_INTEGER, 1),
  key,
  partitions,
  startsAt: optional(oneOf('beginning', 'end')),
};
