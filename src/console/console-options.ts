import {
  type OperationsOptions,
  OPERATIONS_RULES,
  resolveOperations,
} from '../operations/operations-options.js';
import { type Rule } from '../event-sourcing/for-service.js';
import { InvalidOptionsError } from '../event-sourcing/index.js';

/**
 * The event store, the path of the page, and the access to it. The access is that of `OperationsModule`: without
 * `guard`, `actor` and `open`, only an administrator whom a guard of the application has named gets in.
 */
export interface ConsoleOptions extends OperationsOptions {
  /** The beginning of all paths, after a prefix and a version of the application. Default: `console`. */
  path?: string | undefined;
  /**
   * The path of the application's own `OperationsModule`, after the same prefix; `/` when it has none. Default: the
   * console brings these routes along, at `<path>/api`, for its `store` and behind its access.
   */
  api?: string | undefined;
}

export type ResolvedConsoleOptions = Omit<ConsoleOptions, 'api'> & { path: string; api: string | undefined };

const API: Rule = {
  isOptional: true,
  says: 'the path of an OperationsModule, such as "ops/billing", or "/"',
  accepts: (value) => value === '/' || OPERATIONS_RULES.path.accepts(value),
};

const RULES: Record<keyof ConsoleOptions, Rule> = {
  ...OPERATIONS_RULES,
  path: { ...OPERATIONS_RULES.path, byDefault: 'console' },
  api: API,
};

/** @throws InvalidOptionsError */
export function resolveConsole(options: ConsoleOptions): ResolvedConsoleOptions {
  const resolved = resolveOperations(options, RULES, 'ConsoleModule.forRoot') as ResolvedConsoleOptions;
  if (options.api !== undefined && options.store !== undefined) {
    throw new InvalidOptionsError([
      'ConsoleModule.forRoot: api names routes that are there already, so that store would be idle: set one of them.',
    ]);
  }
  return { ...resolved, api: resolved.api?.replaceAll(/^\/|\/$/g, '') };
}
