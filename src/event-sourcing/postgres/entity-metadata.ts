import type { Type } from '@nestjs/common';
import { DataSource, type EntityMetadata, getMetadataArgsStorage } from 'typeorm';
import { EntityMetadataBuilder } from 'typeorm/metadata-builder/EntityMetadataBuilder.js';

let unconnected: DataSource | undefined;

/** TypeORM's metadata of an entity, at once and without a database: for tests of a projection in memory. */
export function metadataOf(entity: Type<object>): EntityMetadata {
  unconnected ??= new DataSource({ type: 'postgres' });
  const builder = new EntityMetadataBuilder(unconnected, getMetadataArgsStorage());
  return builder.build([...withRelated(entity)]).find(({ target }) => target === entity)!;
}

/** Adds the entities of the other sides of relations: TypeORM needs them. */
function withRelated(entity: Type<object>, seen = new Set<Type<object>>()): Set<Type<object>> {
  if (seen.has(entity)) return seen;
  seen.add(entity);
  for (const { target, type } of getMetadataArgsStorage().relations) {
    if (typeof target !== 'function' || !isOrExtends(entity, target)) continue;
    const related: unknown =
      typeof type === 'function' && type.prototype === undefined ? (type as () => unknown)() : type;
    if (typeof related === 'function') withRelated(related as Type<object>, seen);
  }
  return seen;
}

const isOrExtends = (entity: Type<object>, target: Function) =>
  entity === target || target.prototype.isPrototypeOf(entity.prototype);
