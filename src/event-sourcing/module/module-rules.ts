/** The rules for the options of modules. */
import type {
  EventSourcingAsyncOptions,
  EventSourcingFeature,
  EventSourcingOptionsFactory,
} from './module-options.js';
import { isClass, isNamed, listOf, MODULES } from '../options/class-lists.js';
import { broken, InvalidOptionsError, resolveOptions } from '../options/resolve-options.js';
import { functionThat, NAME, optional, type Rule } from '../options/rules.js';

const eventClass = (each: any) => isClass(each) && isNamed(each.type);
const aggregateClass = (each: any) => isClass(each) && isNamed(each.stream) && Array.isArray(each.events);

export const STORE_RULES: Record<'name' | 'dataSource', Rule> = {
  name: optional(NAME),
  dataSource: optional(NAME),
};

const INJECT: Rule = {
  isOptional: true,
  says: 'an array of the dependencies of useFactory',
  accepts: (value) => Array.isArray(value),
};

const USE_CLASS: Rule = {
  isOptional: true,
  says: 'a class with a method createEventSourcingOptions',
  accepts: isClass,
};

const USE_EXISTING: Rule = {
  isOptional: true,
  says: 'the token of a provider with a method createEventSourcingOptions',
  accepts: (value) => isClass(value) || typeof value === 'symbol' || isNamed(value),
};

const ASYNC_RULES: Record<keyof EventSourcingAsyncOptions, Rule> = {
  ...STORE_RULES,
  imports: MODULES,
  inject: INJECT,
  useFactory: functionThat('returns the options'),
  useClass: USE_CLASS,
  useExisting: USE_EXISTING,
};

const ASYNC_OWNER = 'EventSourcingModule.forRootAsync';
const SOURCES = ['useFactory', 'useClass', 'useExisting'] as const;

/** @throws InvalidOptionsError also when not exactly one of the three sources of options is given */
export function resolveAsync(options: EventSourcingAsyncOptions): EventSourcingAsyncOptions {
  const resolved = resolveOptions(options, ASYNC_RULES, ASYNC_OWNER) as EventSourcingAsyncOptions;
  const given = SOURCES.filter((name) => resolved[name] !== undefined);
  if (given.length === 1) return resolved;
  const named = given.length === 0 ? 'no source of options is given' : `${given.join(' and ')} are given`;
  throw new InvalidOptionsError([
    `${ASYNC_OWNER}: ${named}: it needs one of useFactory, useClass and useExisting.`,
  ]);
}

/** @throws InvalidOptionsError when the provider that `useClass` or `useExisting` names makes no options */
export function requireOptionsFactory(
  { useClass }: EventSourcingAsyncOptions,
  instance: unknown,
): asserts instance is EventSourcingOptionsFactory {
  const { createEventSourcingOptions: method } = Object(instance) as Partial<EventSourcingOptionsFactory>;
  if (typeof method === 'function') return;
  const [name, rule] = useClass === undefined ? ['useExisting', USE_EXISTING] : ['useClass', USE_CLASS];
  throw new InvalidOptionsError([`${ASYNC_OWNER}: ${broken(name, useClass ?? instance, rule.says)}`]);
}

export const FEATURE_RULES: Record<keyof EventSourcingFeature, Rule> = {
  store: optional(NAME),
  events: listOf('event classes, each with a static "type"', eventClass),
  aggregates: listOf('aggregate classes, each with a static "stream" and "events"', aggregateClass),
  rows: listOf('entity classes', isClass),
};
