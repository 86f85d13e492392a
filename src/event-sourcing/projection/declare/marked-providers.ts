import type { Type } from '@nestjs/common';
import type { DiscoveryService } from '@nestjs/core';
import { isSingleton, type NestModule, pathToScope, type Provider } from '../../nest/provider.js';
import { PROCESS_METADATA } from '../../process/declare/process.decorator.js';
import { ProcessManager } from '../../process/declare/process-manager.js';
import { PROJECTION_METADATA } from './projection.decorator.js';
import { REACTION_METADATA } from './reaction.decorator.js';

/** The names of the decorators that a class has, of those by which the runner knows it. */
export const marksOf = (metatype: object): string[] => [
  ...(Reflect.hasMetadata(PROJECTION_METADATA, metatype) ? ['Projection'] : []),
  ...(Reflect.hasMetadata(REACTION_METADATA, metatype) ? ['Reaction'] : []),
  ...(Reflect.hasMetadata(PROCESS_METADATA, metatype) ? ['Process'] : []),
];

/** A provider whose class has `@Projection`, `@Reaction` or `@Process`. The module may provide it in any way. */
export interface MarkedProvider {
  readonly metatype: Type<object>;
  readonly instance: any;
  readonly host: NestModule;
}

/**
 * All marked providers of the application, each instance once: an alias (`useExisting`) is no second projection.
 *
 * @throws Error when a provider is request-scoped or transient, or a process manager without `@Process`
 */
export function markedProviders(discovery: DiscoveryService): MarkedProvider[] {
  const found = new Map<object, MarkedProvider>();
  for (const wrapper of discovery.getProviders()) {
    const metatype = markedClassOf(wrapper);
    if (metatype === undefined) continue;
    refuseScoped(wrapper, metatype);
    const { instance, host } = wrapper;
    if (isObject(instance) && !found.has(instance)) found.set(instance, { metatype, instance, host: host! });
  }
  return [...found.values()];
}

/** The marked class. A factory that runs for each request leaves no instance, but its token may be the class. */
function markedClassOf({ instance, metatype, token }: Provider): Type<object> | undefined {
  // `instance.constructor` would not do: some values are proxies that must not be asked for a property yet.
  const made = isObject(instance) ? Object.getPrototypeOf(instance)?.constructor : undefined;
  if (made?.prototype instanceof ProcessManager && !isMarked(made)) refuseUnmarked(made as Type<object>);
  const candidates: unknown[] = made === undefined ? [metatype, token] : [made];
  return candidates.find(isMarked);
}

export const isMarked = (value: unknown): value is Type<object> =>
  typeof value === 'function' && marksOf(value).length > 0;

/** Nothing else would tell that the process manager never steps. */
function refuseUnmarked({ name }: Type<object>): never {
  throw new Error(`${name} extends ProcessManager and has no @Process: add @Process({ name, key }).`);
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** A projection is called outside of any request, so a request-scoped one would be called without being constructed. */
function refuseScoped(wrapper: Provider, metatype: Type<object>): void {
  if (isSingleton(wrapper)) return;
  const path = pathToScope(wrapper).map(nameOf);
  const cause =
    path.length === 1
      ? `${path[0]} itself is ${wrapper.isTransient ? 'transient' : 'request-scoped'}`
      : `it depends on ${path.at(-1)}, which is request-scoped (${path.join(' -> ')})`;
  throw new Error(
    `${metatype.name} cannot fold events: ${cause}. Events are folded outside of any request, by one instance. ` +
      'Give it dependencies of the default scope only, and take from the event what differs between requests.',
  );
}

const nameOf = ({ name, token }: Provider): string => {
  const known: unknown = name ?? token;
  return typeof known === 'function' ? known.name : String(known);
};
