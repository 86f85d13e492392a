import { type DynamicModule, Logger, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import type { Settings } from '../config/settings.js';
import { dataSourceOptions } from './data-source-options.js';
import { migrate } from './migrate.js';

/** The service's data source, migrated before anything uses it. */
@Module({})
export class DatabaseModule {
  static forRoot(settings: Settings, url: string): DynamicModule {
    const { DATABASE_SCHEMA, DATABASE_POOL_SIZE } = settings;
    return TypeOrmModule.forRootAsync({
      useFactory: () => ({
        ...dataSourceOptions(url, DATABASE_SCHEMA, DATABASE_POOL_SIZE),
        autoLoadEntities: true,
        retryAttempts: 5,
        retryDelay: 1_000,
      }),
      dataSourceFactory: (options) => openAndMigrate(options!, DATABASE_SCHEMA),
    });
  }
}

async function openAndMigrate(options: DataSourceOptions, schema: string): Promise<DataSource> {
  const dataSource = await new DataSource(options).initialize();
  const applied = await migrate(dataSource, schema);
  if (applied.length > 0) new Logger('Database').log(`Migrated: ${applied.join(', ')}`);
  return dataSource;
}
