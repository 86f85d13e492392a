import type { DataSourceOptions } from 'typeorm';

/** The application has a name for its data source, as those do that have several. */
export const SHOP = 'shop';

export const dataSource = {
  name: SHOP,
  type: 'postgres',
  url: process.env.DATABASE_URL,
  autoLoadEntities: true,
  synchronize: true,
} satisfies DataSourceOptions & { name: string; autoLoadEntities: boolean };
