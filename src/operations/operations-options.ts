import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';
import { ACCESS_RULES, type AccessOptions, resolveAccess } from '../api/access/access.js';
import { DEFAULT_STORE, isClass, MODULES, NAME, type Rule } from '../event-sourcing/for-service.js';
import { type FeatureOptions, InvalidOptionsError } from '../event-sourcing/index.js';

/**
 * The event store, the path of the routes, and the access to them. Without `guard`, `actor` and `open`, a route refuses
 * every request whose sender has no scope `admin`. A guard of the application names the sender by `rememberActor`.
 */
export interface OperationsOptions extends Pick<FeatureOptions, 'store'>, AccessOptions {
  /**
   * The beginning of all paths, after a prefix and a version of the application: `ops/billing`. Default: nothing, so
   * that projections are at `/projections`.
   */
  path?: string | undefined;
  /** The class of a guard, which alone decides about each request to these routes. */
  guard?: Type<CanActivate> | undefined;
  /** Modules that provide the dependencies of the guard. Default: none. */
  imports?: ModuleMetadata['imports'];
}

export type ResolvedOperationsOptions = OperationsOptions & { store: string; path: string };

const PATH: Rule<string> = {
  byDefault: '',
  says: 'a path of letters, digits and ".", "_", "~", "-", with slashes between, such as "ops/billing"',
  accepts: (value) => typeof value === 'string' && /^\/?[\w.~-]+(\/[\w.~-]+)*\/?$/.test(value),
};

const GUARD: Rule = {
  isOptional: true,
  says: 'the class of a guard, with a method canActivate',
  accepts: (value) => isClass(value) && typeof value.prototype.canActivate === 'function',
};

export const OPERATIONS_RULES: Record<keyof OperationsOptions, Rule> = {
  store: { ...NAME, byDefault: DEFAULT_STORE },
  path: PATH,
  guard: GUARD,
  ...ACCESS_RULES,
  imports: MODULES,
};

/**
 * The options of a module with routes of operators, with every default.
 *
 * @throws InvalidOptionsError
 */
export function resolveOperations<Options extends OperationsOptions>(
  options: Options,
  rules: Record<keyof Options, Rule>,
  owner: string,
): Options & Pick<ResolvedOperationsOptions, 'store' | 'path'> {
  const resolved = resolveAccess(options, rules, owner) as Options & ResolvedOperationsOptions;
  const { guard, actor, open } = resolved;
  if (guard !== undefined && (open === true || actor !== undefined)) {
    const other = open === true ? 'open' : 'actor';
    throw new InvalidOptionsError([
      `${owner}: guard decides alone, so that ${other} would not be asked: set one of them.`,
    ]);
  }
  return { ...resolved, path: resolved.path.replaceAll(/^\/|\/$/g, '') };
}
