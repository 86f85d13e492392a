import type { InjectionToken, Type } from '@nestjs/common';

/** The metadata keys under which TypeScript and Nest store the dependencies of a class. */
const PARAMETER_TYPES = 'design:paramtypes';
const NAMED_PARAMETERS = 'self:paramtypes';
const OPTIONAL_PARAMETERS = 'optional:paramtypes';
const NAMED_PROPERTIES = 'self:properties_metadata';

/** The dependencies that Nest injects into a class. */
export interface InjectedDependencies {
  /** In the order of the constructor. */
  parameters: readonly { token: InjectionToken; isOptional: boolean }[];
  properties: readonly { name: string; token: InjectionToken }[];
}

export function injectedDependencies(metatype: Type<object>): InjectedDependencies {
  const of = <Entry>(key: string): Entry[] => Reflect.getMetadata(key, metatype) ?? [];
  const optional = new Set(of<number>(OPTIONAL_PARAMETERS));
  const tokens = [...of<InjectionToken>(PARAMETER_TYPES)];
  for (const { index, param } of of<{ index: number; param: InjectionToken }>(NAMED_PARAMETERS)) {
    tokens[index] = param;
  }
  return {
    parameters: tokens.map((token, index) => ({ token, isOptional: optional.has(index) })),
    properties: of<{ key: string; type: InjectionToken }>(NAMED_PROPERTIES).map(({ key, type }) => ({
      name: key,
      token: type,
    })),
  };
}
