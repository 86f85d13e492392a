import type { Type } from '@nestjs/common';
import type { DiscoveryService } from '@nestjs/core';
import { isSingleton, type NestModule, pathToScope, type Provider } from '../../nest/provider.js';
import { PROJECTION_METADATA } from './projection.decorator.js';
import { REACTION_METADATA } from './reaction.decorator.js';

/** A provider whose class has `@Projection` or `@Reaction`, however the module provides it. */
export interface MarkedProvider {
  readonly metatype: Type<object>;
  readonly instance: any;
  readonly host: NestModule;
}

/**
 * All of the application, each instance once: an alias (`useExisting`) is no second projection.
 *
 * @throws Error when Nest makes one anew for each request, or for each that injects it
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

/** Of what a factory makes for each request there is no instance: its token may still be the class. */
function markedClassOf({ instance, metatype, token }: Provider): Type<object> | undefined {
  // Not `instance.constructor`: some values are proxies that may not be asked for a property yet.
  const made = isObject(instance) ? Object.getPrototypeOf(instance)?.constructor : undefined;
  const candidates: unknown[] = made === undefined ? [metatype, token] : [made];
  return candidates.find(isMarked);
}

export const isMarked = (value: unknown): value is Type<object> =>
  typeof value === 'function' &&
  (Reflect.hasMetadata(PROJECTION_METADATA, value) || Reflect.hasMetadata(REACTION_METADATA, value));

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** A projection is called outside of any request, so it would be called on an object that was never constructed. */
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
