import type { DataSource, EntityManager, EntityMetadata, QueryRunner } from 'typeorm';

/** The data source of a part of TypeORM. TypeORM 0.3 calls it `connection`, and version 1 `dataSource`. */
export const dataSourceOf = (part: EntityManager | EntityMetadata | QueryRunner): DataSource =>
  part.dataSource ?? part.connection;

/** Checks no class, since libraries return proxies, and a process may have a second copy of TypeORM. */
export const isEntityManager = (value: unknown): value is EntityManager =>
  typeof value === 'object' && value !== null && 'connection' in value && 'transaction' in value;
