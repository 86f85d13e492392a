/** The rules for the options of modules. */
import type { EventSourcingAsyncOptions, EventSourcingFeature } from './module-options.js';
import { isClass, isNamed, listOf } from '../options/class-lists.js';
import { NAME, optional, type Rule } from '../options/rules.js';

/** Accepts any value: the compiler or Nest checks it. */
const anything: Rule = { isOptional: true, says: 'anything', accepts: () => true };

const eventClass = (each: any) => isClass(each) && isNamed(each.type);
const aggregateClass = (each: any) => isClass(each) && isNamed(each.stream) && Array.isArray(each.events);

export const STORE_RULES: Record<'name' | 'dataSource', Rule> = {
  name: optional(NAME),
  dataSource: optional(NAME),
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
  store: optional(NAME),
  events: listOf('event classes, each with a static "type"', eventClass),
  aggregates: listOf('aggregate classes, each with a static "stream" and "events"', aggregateClass),
  rows: listOf('entity classes', isClass),
};
