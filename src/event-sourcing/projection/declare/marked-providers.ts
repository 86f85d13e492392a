import type { Type } from '@nestjs/common';
import type { DiscoveryService } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { PROJECTION_METADATA } from './projection.decorator.js';
import { REACTION_METADATA } from './reaction.decorator.js';

type NestModule = NonNullable<InstanceWrapper['host']>;

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
function markedClassOf({ instance, metatype, token }: InstanceWrapper): Type<object> | undefined {
  // Not `instance.constructor`: some values are proxies that may not be asked for a property yet.
  const made = isObject(instance) ? Object.getPrototypeOf(instance)?.constructor : undefined;
  const candidates: unknown[] = made === undefined ? [metatype, token] : [made];
  return candidates.find(isMarked);
}

export const isMarked = (value: unknown): value is Type<object> =>
  typeof value === 'function' &&
  [PROJECTION_METADATA, REACTION_METADATA].some((key) => Reflect.hasMetadata(key, value));

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** A projection is called outside of any request, so it would be called on an object that was never constructed. */
function refuseScoped(wrapper: InstanceWrapper, metatype: Type<object>): void {
  if (wrapper.isDependencyTreeStatic() && !wrapper.isTransient) return;
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

/** From the projection to what makes it request-scoped. */
function pathToScope(wrapper: InstanceWrapper, seen = new Set<InstanceWrapper>()): InstanceWrapper[] {
  seen.add(wrapper);
  const dependencies = [
    ...(wrapper.getCtorMetadata() ?? []),
    ...(wrapper.getPropertiesMetadata() ?? []).map(({ wrapper: property }) => property),
  ].filter((each): each is InstanceWrapper => each !== undefined);
  const scoped = dependencies.find((each) => !seen.has(each) && !each.isDependencyTreeStatic());
  return scoped === undefined ? [wrapper] : [wrapper, ...pathToScope(scoped, seen)];
}

const nameOf = ({ name, token }: InstanceWrapper): string => {
  const known: unknown = name ?? token;
  return typeof known === 'function' ? known.name : String(known);
};
