import type { CanActivate, Provider } from '@nestjs/common';
import type { FeatureOptions } from '../../event-sourcing/index.js';
import type { Actor } from './actor.js';

/**
 * Who may use the routes of a module. Without either, only a request whose sender a guard of the application has made
 * known with `rememberActor`: every other one gets 401.
 */
export interface AccessOptions {
  /**
   * Says who sends a request, from what guards and middleware of the application have found out; undefined where that
   * is not known, which is answered with 401. The rules of the routes (`AccessRule`) then hold for that actor.
   */
  actor?: ((request: any) => Actor | undefined | Promise<Actor | undefined>) | undefined;
  /**
   * Whether every request may use every route, whoever sends it: for an application whose own guards decide, or that
   * only friends can reach. Default: false.
   */
  open?: boolean | undefined;
}

/** The options of a module that has routes. */
export interface RoutedFeatureOptions extends FeatureOptions, AccessOptions {}

/** What the guard of a module's controllers goes by. */
export interface AccessToRoutes extends AccessOptions {
  /** A guard of the application, which decides alone. */
  guard?: CanActivate;
  /** Nothing was said, in a module that then lets in nobody: routes for anyone are for administrators as well. */
  isUnsaid?: boolean;
}

export const ACCESS = Symbol('access to the routes of a module');

/**
 * Hands the options to the guard of the module's controllers.
 *
 * @throws Error when both are set, since `open` would make `actor` idle
 */
export function provideAccess({ actor, open }: AccessOptions): Provider {
  if (open === true && actor !== undefined) {
    throw new Error('"open" lets in every request, so that "actor" is never asked: set one of them.');
  }
  return { provide: ACCESS, useValue: { actor, open } satisfies AccessOptions };
}
