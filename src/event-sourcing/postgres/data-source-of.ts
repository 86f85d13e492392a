import type { DataSource, EntityManager, EntityMetadata, QueryRunner } from 'typeorm';

/** The data source of a part of TypeORM. TypeORM 0.3 calls it `connection`, and version 1 `dataSource`. */
export const dataSourceOf = (part: EntityManager | EntityMetadata | QueryRunner): DataSource =>
  part.dataSource ?? part.connection;
