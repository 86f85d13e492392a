import type { InjectionToken, Type } from '@nestjs/common';
import { injectedDependencies } from '../event-sourcing/for-testing.js';

/** A dependency of a handler, in the form of a value in Nest's `providers`. */
export interface Dependency {
  provide: InjectionToken;
  useValue: unknown;
}

/**
 * Constructs a handler in the way of Nest, at once and without an application.
 *
 * @throws Error that names a missing dependency
 */
export function construct<Handler extends object>(
  handlerClass: Type<Handler>,
  provided: ReadonlyMap<InjectionToken, unknown>,
): Handler {
  const { parameters, properties } = injectedDependencies(handlerClass);
  const find = (token: InjectionToken, isOptional = false): unknown =>
    provided.has(token) || isOptional ? provided.get(token) : missingDependency(handlerClass, token);
  const handler = new handlerClass(...parameters.map(({ token, isOptional }) => find(token, isOptional)));
  for (const { name, token } of properties) Object.assign(handler, { [name]: find(token) });
  return handler;
}

function missingDependency(handlerClass: Type<object>, token: InjectionToken): never {
  const name = typeof token === 'function' ? token.name : `'${String(token)}'`;
  const [, ofRows] = /^'eventfold:rows:(.*)'$/.exec(name) ?? [];
  if (ofRows !== undefined) {
    throw new Error(
      `${handlerClass.name} injects the rows of ${ofRows}: list touches(${ofRows}, ...) in its "rows".`,
    );
  }
  throw new Error(
    `${handlerClass.name} depends on ${name}, which is not given: ` +
      `givenReadModel(${handlerClass.name}, rows, [{ provide: ${name}, useValue: ... }]).`,
  );
}
