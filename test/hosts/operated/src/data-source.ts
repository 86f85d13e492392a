import type { DataSourceOptions } from 'typeorm';

/** What an operator must not set off who only looks: a start migrates, and makes tables of entities. */
export const dataSource = {
  type: 'postgres',
  url: process.env['SHOP_DATABASE'],
  synchronize: true,
  migrationsRun: true,
  migrationsTableName: 'shop_migrations',
} satisfies DataSourceOptions;
