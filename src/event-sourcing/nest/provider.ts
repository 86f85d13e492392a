/** Facts about a provider from Nest's injector that Nest does not document. */
import type { Type } from '@nestjs/common';
import { type DiscoveryService, ModuleRef } from '@nestjs/core';

/** Nest does not export this class by name. */
export type Provider = ReturnType<DiscoveryService['getProviders']>[number];
export type NestModule = NonNullable<Provider['host']>;

/** Whether the provider has one instance for the whole application. */
export const isSingleton = (provider: Provider): boolean =>
  provider.isDependencyTreeStatic() && !provider.isTransient;

/**
 * The path from a provider that is no singleton to the dependency that makes it request-scoped or transient. The
 * provider itself comes first.
 */
export function pathToScope(provider: Provider, seen = new Set<Provider>()): Provider[] {
  seen.add(provider);
  const dependencies = [
    ...(provider.getCtorMetadata() ?? []),
    ...(provider.getPropertiesMetadata() ?? []).map(({ wrapper }) => wrapper),
  ].filter((each): each is Provider => each !== undefined);
  const scoped = dependencies.find((each) => !seen.has(each) && !each.isDependencyTreeStatic());
  return scoped === undefined ? [provider] : [provider, ...pathToScope(scoped, seen)];
}

/** Creates an instance of a class with the dependencies that the module provides. */
export function createIn<Instance extends object>(
  module: NestModule,
  what: Type<Instance>,
): Promise<Instance> {
  const { instance: moduleRef } = module.getProviderByKey<ModuleRef>(ModuleRef);
  return moduleRef.create(what);
}
