import type { DataSourceOptions } from 'typeorm';

/** An operator's look must not do what a start does: a start migrates, and makes tables of entities. */
export const dataSource = {
  type: 'postgres',
  url: process.env['SHOP_DATABASE'],
  synchronize: true,
  migrationsRun: true,
  migrationsTableName: 'shop_migrations',
} satisfies DataSourceOptions;
