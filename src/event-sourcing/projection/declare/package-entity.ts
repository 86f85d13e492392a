import type { Type } from '@nestjs/common';

const KEY = 'eventfold:package-entity';

/**
 * Marks an entity that this package brings. Migrations of the package create its table, so the table has the names that
 * the entity gives, whatever naming strategy the application has for its own entities.
 */
export const PackageEntity = (): ClassDecorator => (entity) => Reflect.defineMetadata(KEY, true, entity);

export const isOfPackage = (entity: Type<object>): boolean => Reflect.hasOwnMetadata(KEY, entity);
