/**
 * How TypeORM's driver converts the value of a column. The driver reads the metadata of the column. A view of the
 * metadata that leaves a part out makes the driver leave that part out.
 */
import type { DataSource, EntityMetadata } from 'typeorm';

/** The metadata of a column. TypeORM does not export the class by name. */
export type ColumnMetadata = EntityMetadata['columns'][number];
export type Driver = DataSource['driver'];

/** A view of the column with which the driver converts one element of an array, and applies no transformer. */
export const asElement = (column: ColumnMetadata): ColumnMetadata =>
  Object.create(column, { isArray: { value: false }, transformer: { value: undefined } }) as ColumnMetadata;

/** A view of the column with which the driver applies the transformer and nothing else. */
export const asUntyped = (column: ColumnMetadata): ColumnMetadata =>
  Object.create(column, { type: { value: 'text' } }) as ColumnMetadata;

/** Turns the value of a property into the value that the driver gives to `pg`. */
export const toStored = (driver: Driver, column: ColumnMetadata, value: unknown): unknown =>
  driver.preparePersistentValue(value, column);

/** Turns a value that `pg` has read into the value of the property. */
export const fromStored = (driver: Driver, column: ColumnMetadata, value: unknown): unknown =>
  driver.prepareHydratedValue(value, column);

/** The type of a column, under the driver's name for it. */
export const storedTypeOf = (driver: Driver, column: ColumnMetadata): string => driver.normalizeType(column);

/** The class that TypeScript notes for a property with a decorator; undefined when it notes none. */
export function declaredClassOf({ target, propertyName }: ColumnMetadata): unknown {
  if (typeof target !== 'function') return undefined;
  return Reflect.getMetadata('design:type', target.prototype as object, propertyName);
}
