import type { DataSourceOptions } from 'typeorm';

/** The data source has a name, as in applications with several data sources. */
export const SHOP = 'shop';

export const dataSource = {
  name: SHOP,
  type: 'postgres',
  url: process.env.DATABASE_URL,
  autoLoadEntities: true,
  synchronize: true,
} satisfies DataSourceOptions & { name: string; autoLoadEntities: boolean };
