/** The rules of what modules, projections and reactions declare. */
import type { EventSourcingAsyncOptions, EventSourcingFeature } from '../event-sourcing.module.js';
import type { ProjectionOptions } from '../projection/projection.decorator.js';
import type { ReactionOptions } from '../projection/reaction.decorator.js';
import { oneOf, optional, type Rule, text, wholeNumber } from './rules.js';

/** Of any value, where the compiler or Nest says enough about it. */
const anything: Rule = { isOptional: true, says: 'anything', accepts: () => true };

const NAME_BYTES = 200;
const name = text(NAME_BYTES);
const partitions = wholeNumber(1, 256, 1);
const key: Rule = {
  isOptional: true,
  says: 'the name of a property of the data, or a function of the event',
  accepts: (value) => typeof value === 'function' || (typeof value === 'string' && value !== ''),
};

const isClass = (value: unknown) => typeof value === 'function' && value.prototype !== undefined;
const isNamed = (value: unknown) => typeof value === 'string' && value !== '';
/** `undefined` in a list is what a circular import leaves of a class. */
const UNDEFINED = '; a circular import leaves its class undefined';

function listOf(what: string, isOne: (each: any) => boolean): Rule<readonly any[]> {
  return {
    byDefault: [],
    says: `an array of ${what}${UNDEFINED}`,
    accepts: (value) => Array.isArray(value) && value.every((each) => isOne(each)),
  };
}

const entity = (each: unknown) => isClass(each);
const eventClass = (each: any) => isClass(each) && isNamed(each.type);
const aggregateClass = (each: any) => isClass(each) && isNamed(each.stream) && Array.isArray(each.events);
const touchedRows = (each: any) => isClass(each?.entity) && typeof each.key === 'function';

export const STORE_RULES: Record<'name' | 'dataSource', Rule> = {
  name: optional(name),
  dataSource: optional(name),
};

export const ASYNC_RULES: Record<keyof EventSourcingAsyncOptions, Rule> = {
  ...STORE_RULES,
  imports: anything,
  inject: anything,
  useFactory: anything,
  useClass: anything,
  useExisting: anything,
};

export const FEATURE_RULES: Record<keyof EventSourcingFeature, Rule> = {
  store: optional(name),
  events: listOf('event classes, each with a static "type"', eventClass),
  aggregates: listOf('aggregate classes, each with a static "stream" and "events"', aggregateClass),
  rows: listOf('entity classes', entity),
};

export const PROJECTION_RULES: Record<keyof ProjectionOptions, Rule> = {
  name,
  revision: wholeNumber(0, 2 ** 31 - 1),
  rows: {
    ...listOf('entries that touches(Entity, key) makes', touchedRows),
    byDefault: undefined,
  },
  key,
  partitions,
};

export const REACTION_RULES: Record<keyof ReactionOptions, Rule> = {
  name,
  revision: wholeNumber(0, 2 ** 31 - 1, 1),
  key,
  partitions,
  startsAt: optional(oneOf('beginning', 'end')),
};
