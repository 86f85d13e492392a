import type { CanActivate, Provider } from '@nestjs/common';
import {
  flag,
  functionThat,
  NAME,
  optional,
  resolveOptions,
  type Rule,
} from '../../event-sourcing/for-service.js';
import { type FeatureOptions, InvalidOptionsError } from '../../event-sourcing/index.js';
import type { Actor } from './actor.js';

/**
 * Who may use the routes of a module. Without either option, a guard of the application must name the sender by
 * `rememberActor`: every other request gets 401.
 */
export interface AccessOptions {
  /**
   * Returns the sender of a request, from what guards and middleware of the application know. Undefined for an unknown
   * sender, which gets 401. The rules of the routes (`AccessRule`) then hold for that actor.
   */
  actor?: ((request: any) => Actor | undefined | Promise<Actor | undefined>) | undefined;
  /**
   * Whether every request may use every route. This is for an application whose own guards decide, or whose port only
   * trusted clients can reach. Default: false.
   */
  open?: boolean | undefined;
}

/** The options of a module that has routes. */
export interface RoutedFeatureOptions extends FeatureOptions, AccessOptions {}

/** The access options, for the guard of a module's controllers. */
export interface AccessToRoutes extends AccessOptions {
  /** A guard of the application, which decides alone. */
  guard?: CanActivate;
  /** The module has no access options and so admits no request, even on routes for anyone. */
  isUnsaid?: boolean;
}

export const ACCESS = Symbol('access to the routes of a module');

export const ACCESS_RULES: Record<keyof AccessOptions, Rule> = {
  actor: functionThat('returns the sender of a request'),
  open: optional(flag(false)),
};

/** The rules for the options of a module that has routes. */
export const ROUTED_RULES: Record<keyof RoutedFeatureOptions, Rule> = {
  store: optional(NAME),
  controllers: flag(true),
  ...ACCESS_RULES,
};

/**
 * The options of a module with routes, with every default.
 *
 * @throws InvalidOptionsError also when both `open` and `actor` are set, since `open` would make `actor` idle
 */
export function resolveAccess<Options extends AccessOptions>(
  options: Options,
  rules: Record<keyof Options, Rule>,
  owner: string,
): Options {
  const resolved = resolveOptions(options, rules, owner) as Options;
  if (resolved.open !== true || resolved.actor === undefined) return resolved;
  throw new InvalidOptionsError([
    `${owner}: open lets in every request, so that actor is never asked: set one of them.`,
  ]);
}

/** Hands the options to the guard of the module's controllers. */
export const provideAccess = ({ actor, open }: AccessOptions): Provider => ({
  provide: ACCESS,
  useValue: { actor, open } satisfies AccessOptions,
});
