import type { InjectionToken, Type } from '@nestjs/common';

/** A dependency of a handler, in the form that Nest's `providers` have for a value. */
export interface Dependency {
  provide: InjectionToken;
  useValue: unknown;
}

/** Where Nest notes what a class is to be given. */
const PARAMETER_TYPES = 'design:paramtypes';
const NAMED_PARAMETERS = 'self:paramtypes';
const OPTIONAL_PARAMETERS = 'optional:paramtypes';
const NAMED_PROPERTIES = 'self:properties_metadata';

/**
 * Constructs a handler as Nest would, at once and without an application.
 *
 * @throws Error that names the dependency nobody gave
 */
export function construct<Handler extends object>(
  handlerClass: Type<Handler>,
  provided: ReadonlyMap<InjectionToken, unknown>,
): Handler {
  const of = <Entry>(key: string): Entry[] => Reflect.getMetadata(key, handlerClass) ?? [];
  const optional = new Set(of<number>(OPTIONAL_PARAMETERS));
  const tokens = [...of<InjectionToken>(PARAMETER_TYPES)];
  for (const { index, param } of of<{ index: number; param: InjectionToken }>(NAMED_PARAMETERS)) {
    tokens[index] = param;
  }
  const find = (token: InjectionToken, isOptional = false): unknown =>
    provided.has(token) || isOptional ? provided.get(token) : nobodyGave(handlerClass, token);
  const handler = new handlerClass(...tokens.map((token, index) => find(token, optional.has(index))));
  for (const { key, type } of of<{ key: string; type: InjectionToken }>(NAMED_PROPERTIES)) {
    Object.assign(handler, { [key]: find(type) });
  }
  return handler;
}

function nobodyGave(handlerClass: Type<object>, token: InjectionToken): never {
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
