/**
 * How TypeORM's driver converts the value of a column. The driver looks at the metadata of the column that it is given;
 * metadata of a view of the column, with something left out, makes it leave that out.
 */
import type { DataSource, EntityMetadata } from 'typeorm';

/** TypeORM does not export its class by name. */
export type ColumnMetadata = EntityMetadata['columns'][number];
export type Driver = DataSource['driver'];

/** For the driver, which then converts one element of an array, and applies no transformer. */
export const asElement = (column: ColumnMetadata): ColumnMetadata =>
  Object.create(column, { isArray: { value: false }, transformer: { value: undefined } }) as ColumnMetadata;

/** For the driver, which then applies the transformer of the column and nothing else. */
export const asUntyped = (column: ColumnMetadata): ColumnMetadata =>
  Object.create(column, { type: { value: 'text' } }) as ColumnMetadata;

/** What a property has, as the driver gives it to `pg`. */
export const toStored = (driver: Driver, column: ColumnMetadata, value: unknown): unknown =>
  driver.preparePersistentValue(value, column);

/** What `pg` has read, as a property has it. */
export const fromStored = (driver: Driver, column: ColumnMetadata, value: unknown): unknown =>
  driver.prepareHydratedValue(value, column);

/** The type of a column by the name that the driver has for it. */
export const storedTypeOf = (driver: Driver, column: ColumnMetadata): string => driver.normalizeType(column);

/** The class of a property as TypeScript notes it where it has a decorator; undefined: it does not say. */
export function declaredClassOf({ target, propertyName }: ColumnMetadata): unknown {
  if (typeof target !== 'function') return undefined;
  return Reflect.getMetadata('design:type', target.prototype as object, propertyName);
}
