/** What Nest's injector knows of a provider, beyond what it documents. */
import type { Type } from '@nestjs/common';
import { type DiscoveryService, ModuleRef } from '@nestjs/core';

/** Nest does not export its class by name. */
export type Provider = ReturnType<DiscoveryService['getProviders']>[number];
export type NestModule = NonNullable<Provider['host']>;

/** Whether there is one instance of it for the whole application. */
export const isSingleton = (provider: Provider): boolean =>
  provider.isDependencyTreeStatic() && !provider.isTransient;

/** Of a provider that is no singleton: the way to what makes it request-scoped, or transient; itself first. */
export function pathToScope(provider: Provider, seen = new Set<Provider>()): Provider[] {
  seen.add(provider);
  const dependencies = [
    ...(provider.getCtorMetadata() ?? []),
    ...(provider.getPropertiesMetadata() ?? []).map(({ wrapper }) => wrapper),
  ].filter((each): each is Provider => each !== undefined);
  const scoped = dependencies.find((each) => !seen.has(each) && !each.isDependencyTreeStatic());
  return scoped === undefined ? [provider] : [provider, ...pathToScope(scoped, seen)];
}

/** An instance of the class with what the module would give it. */
export function createIn<Instance extends object>(
  module: NestModule,
  what: Type<Instance>,
): Promise<Instance> {
  const { instance: moduleRef } = module.getProviderByKey<ModuleRef>(ModuleRef);
  return moduleRef.create(what);
}
