import type { Type } from '@nestjs/common';

const KEY = 'eventfold:package-entity';

/**
 * For an entity that this package brings: its table is made by migrations of the package, and so has the names that the
 * entity says, whatever naming strategy the application has for its own.
 */
export const PackageEntity = (): ClassDecorator => (entity) => Reflect.defineMetadata(KEY, true, entity);

export const isOfPackage = (entity: Type<object>): boolean => Reflect.hasOwnMetadata(KEY, entity);
