import type { DataSourceOptions } from 'typeorm';

export const dataSource = {
  type: 'postgres',
  url: process.env.DATABASE_URL,
  autoLoadEntities: true,
  synchronize: true,
} satisfies DataSourceOptions & { autoLoadEntities: boolean };
