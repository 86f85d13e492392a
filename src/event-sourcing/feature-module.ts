import { type DynamicModule, Inject, Optional } from '@nestjs/common';

/** The options that the modules of features have in common. */
export interface FeatureOptions {
  /** The name of the event store to work with. Default: `default`. */
  store?: string | undefined;
  /** Whether the HTTP routes are there; without them, commands and queries go over the buses. Default: true. */
  controllers?: boolean | undefined;
}

const CONFIGURED = Symbol('configured');

/** A module that is imported with `forRoot()`. Imported as it is, it would be empty, so that says what to do instead. */
export abstract class FeatureModule {
  protected static configured({ providers = [], ...module }: DynamicModule): DynamicModule {
    return { ...module, providers: [...providers, { provide: CONFIGURED, useValue: true }] };
  }

  constructor(@Optional() @Inject(CONFIGURED) isConfigured = false) {
    if (isConfigured) return;
    const { name } = new.target;
    throw new Error(`${name} was imported without options: import ${name}.forRoot() instead of ${name}.`);
  }
}
